"""The three ways to a derivative of an expression: by symbols, by differences, by autograd."""

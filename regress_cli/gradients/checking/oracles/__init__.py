"""The oracles: independent ways to the number that a gradient should be."""

"""Whether an assignment tells right from wrong: tried with its solution, spoiled ones, and stubs."""

"""What a teacher writes: the checks of an assignment, read, held against their references, and drawn."""

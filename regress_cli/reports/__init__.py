"""What several runs say together: how they differ, and what came of it."""

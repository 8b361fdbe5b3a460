"""A stranger's file, run in a process of its own that is asked in numbers and answers in numbers."""

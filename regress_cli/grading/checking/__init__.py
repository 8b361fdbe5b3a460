"""One submission in its sandboxes, check by check: what it gives, what is said of it, what it earns."""

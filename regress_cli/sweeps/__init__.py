"""Many runs of one experiment: each point of a sweep is an ordinary run, found again by its name."""

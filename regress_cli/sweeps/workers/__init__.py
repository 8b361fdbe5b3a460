"""Who runs points: processes of this machine, each with one point at a time."""

"""Who does jobs, each one call of a function: processes of this machine, or workers on others."""

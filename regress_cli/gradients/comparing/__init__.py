"""A hand-written gradient set beside autograd's and the oracles': what is right, what is wrong, and why."""

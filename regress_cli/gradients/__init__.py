"""Derivatives put to the test: the library of staged gradients, the oracles, the verdict."""

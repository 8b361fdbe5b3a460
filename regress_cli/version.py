"""The version of regress, which stands in every run's record."""

__version__ = "0.1.0"

"""Every gradient that is shipped, put to the test: what `regress gradcheck` checks without a target."""

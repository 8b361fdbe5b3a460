"""The tiers of isolation as tests use them."""

import functools
import os

import pytest

from regress_cli.errors import UserError
from regress_cli.isolation.sealed import Isolation, Tier, find_isolation


@functools.cache
def _found(tier: Tier) -> Isolation | str:
    try:
        return find_isolation(tier)
    except UserError as error:
        return str(error)


def isolated_by(tier: Tier) -> Isolation:
    """Return a tier that holds here; without it the test is skipped, and fails where all has to be there."""
    found = _found(tier)
    if isinstance(found, Isolation):
        return found
    if os.environ.get("CI") == "true":
        pytest.fail(found)
    pytest.skip(found)

"""In what strangers' code is run, said before any of it is."""

from regress_cli.cli import view
from regress_cli.errors import UserError
from regress_cli.isolation.sealed import Isolation, Tier, find_isolation


def told_isolation(tier: Tier | None, *, needs_sandbox: bool) -> Isolation:
    """Return the tier that is asked for, or the best that holds here, and tell of it on stderr.

    Raises:
        UserError: it does not hold, or a sandbox is wanted and there is none; nothing was run.
    """
    isolated = find_isolation(only=tier)
    if needs_sandbox and not isolated.is_sandbox:
        reason = isolated.remedy or "--isolation limits asks for none; leave it out"
        raise UserError(f"there is no sandbox, and nothing was run: {reason}")
    view.note(f"isolation: {isolated.description}")
    if not isolated.is_sandbox:
        reason = f" ({isolated.remedy})" if isolated.remedy else ""
        view.note(f"there is no sandbox{reason}: grade only code that you trust")
    return isolated


def isolation_of_a_cluster() -> Isolation:
    """Return the best tier that holds here, where nothing is run: each worker is held to its own."""
    view.note("isolation: each worker's own, which the records tell")
    return find_isolation()

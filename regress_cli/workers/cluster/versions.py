"""What the workers of a cluster have: the same regress, or they are refused."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from regress_cli.errors import UserError

if TYPE_CHECKING:
    from distributed import Client

_REGRESS = "regress-cli"
# What last digits may depend on.
_ARITHMETIC = ("python", "numpy", "autograd")


def check_versions(client: "Client", tell: Callable[[str], None]) -> None:
    """Refuse a scheduler or workers without regress, or with another one; tell of other arithmetic.

    Nothing of regress is sent for it, so that it works wherever Dask does.

    Args:
        client: Of the scheduler.
        tell: Hears that results may have other last digits.

    Raises:
        UserError: a worker, or the scheduler, can't do jobs.
    """
    found: Any = client.get_versions(packages=[_REGRESS, *_ARITHMETIC])
    here = found["client"]["packages"]
    there = {address: facts["packages"] for address, facts in found["workers"].items()}
    wrong = [address for address, packages in there.items() if packages[_REGRESS] != here[_REGRESS]]
    if wrong:
        raise UserError(*(other_version(one, there[one][_REGRESS], here[_REGRESS]) for one in wrong))
    if found["scheduler"]["packages"][_REGRESS] is None:
        raise UserError(
            "the scheduler has no regress, and it reads what it gives out: start it in an environment with "
            f"regress {here[_REGRESS]}, and give the same command again"
        )
    for package in _ARITHMETIC:
        others = sorted({one[package] for one in there.values() if one[package] != here[package]} - {None})
        if others:
            versions = ", ".join(_short(package, other) for other in others)
            tell(
                f"workers have {package} {versions}, and here is {_short(package, here[package])}: last "
                "digits may differ from what is computed here"
            )


def other_version(address: str, there: str | None, here: str) -> str:
    """Return the refusal of a worker that has no regress, or another one."""
    found = "has no regress" if there is None else f"has regress {there}"
    return (
        f"the worker {address} {found}, and this is regress {here}: run `pip install 'regress-cli=={here}'` "
        "in its environment, start it again, and give the same command again"
    )


def _short(package: str, version: str) -> str:
    """Return a version as it is known; Python's has its release's kind behind it."""
    return ".".join(version.split(".")[:3]) if package == "python" else version

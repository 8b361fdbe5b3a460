"""regress: one YAML file in, one finished regression experiment out.

>>> from regress_cli import load_config, run, predict
>>> finished = run(load_config("configs/linear.yaml"))  # doctest: +SKIP
>>> predict(finished, {"x": [1.0, 2.0]})  # doctest: +SKIP
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from regress_cli.version import __version__ as __version__

if TYPE_CHECKING:
    from regress_cli.config import Experiment, load_config
    from regress_cli.errors import RegressError
    from regress_cli.experiment.prediction import predict
    from regress_cli.experiment.runner import run
    from regress_cli.gradients.checking import Verdict, check_gradient
    from regress_cli.runs import Run, open_run

__all__ = [
    "Experiment",
    "RegressError",
    "Run",
    "Verdict",
    "check_gradient",
    "load_config",
    "open_run",
    "predict",
    "run",
]

# Names are imported when they are first used, so that `regress --help` need not wait for autograd.
_HOMES = {
    "Experiment": "regress_cli.config",
    "RegressError": "regress_cli.errors",
    "Run": "regress_cli.runs",
    "Verdict": "regress_cli.gradients.checking",
    "check_gradient": "regress_cli.gradients.checking",
    "load_config": "regress_cli.config",
    "open_run": "regress_cli.runs",
    "predict": "regress_cli.experiment.prediction",
    "run": "regress_cli.experiment.runner",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])

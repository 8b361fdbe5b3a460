"""One point, run in whatever process: the only function that workers call."""

import time
from typing import Any

from regress_cli.config import Experiment
from regress_cli.errors import Interrupted, LimitReached, RegressError
from regress_cli.experiment.runner import run
from regress_cli.sweeps.outcome import INTERRUPTED, Outcome, failure, outcome_of


def make_point(number: int, config: dict[str, Any], out: str, home: str | None = None) -> Outcome:
    """Make the run of a point, or find it finished; what goes wrong is told in the outcome.

    Args:
        number: The point's.
        config: The resolved config, as plain data.
        out: The folder of all runs.
        home: The one that the run is brought to once it is made; None where it stays.
    """
    started = time.perf_counter()
    try:
        made = run(Experiment.model_validate(config), out, home=home)
    except Interrupted:
        return Outcome(number, INTERRUPTED, {}, time.perf_counter() - started, "interrupted")
    except (RegressError, OSError) as error:
        return failure(number, error, time.perf_counter() - started)
    except MemoryError:
        reason = LimitReached("there is not enough memory; make the data or the model smaller")
        return failure(number, reason, time.perf_counter() - started)
    return outcome_of(number, made, time.perf_counter() - started)

"""Runs a config for a while and prints how long it trained, and how long of that it saved checkpoints.

Arguments: the config, the seconds of training, and values that replace the config's.
"""

import json
import sys
import time

from regress_cli import load_config, run
from regress_cli.runs import Workplace


class Stopwatch:
    """Takes the time of every checkpoint."""

    def __init__(self) -> None:
        self.seconds, self.count = 0.0, 0
        self._save = Workplace.save_checkpoint

    def save(self, place: Workplace, arrays: dict) -> None:
        """Save, and take the time."""
        started = time.perf_counter()
        self._save(place, arrays)
        self.seconds += time.perf_counter() - started
        self.count += 1


def main() -> None:
    """Print ``training`` and ``saving``, in seconds, and ``checkpoints``, how many there were."""
    config, seconds, *overrides = sys.argv[1:]
    stopwatch = Stopwatch()
    Workplace.save_checkpoint = lambda place, arrays: stopwatch.save(place, arrays)
    limit = [f"training={{steps: 100000000, time_limit: {seconds}}}", "plots.pictures=[loss]"]
    finished = run(load_config(config, [*limit, *overrides]))
    training = finished.record["timings"]["training"]
    print(json.dumps({"training": training, "saving": stopwatch.seconds, "checkpoints": stopwatch.count}))


if __name__ == "__main__":
    main()

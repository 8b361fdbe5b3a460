"""What the programs that check a gradient have in common: the workload, and the clock."""

import json
import sys
import time
from collections.abc import Callable
from statistics import median

from workload import Workload

_LEAST_SECONDS = 1.0


def run_check(build: Callable[[Workload], Callable[[], bool]]) -> None:
    """Print the milliseconds of one check of the workload's gradient at its first parameters, warm.

    With ``--process`` the check is made once, cold, and nothing is printed.
    """
    check = build(Workload.load(sys.argv[1]))
    if "--process" in sys.argv[2:]:
        sys.exit(not check())
    times: list[float] = []
    while sum(times) < _LEAST_SECONDS or len(times) < 5:
        started = time.perf_counter()
        is_right = check()
        times.append(time.perf_counter() - started)
        if not is_right:
            sys.exit("a right gradient was not found to be right")
    # The first check is the one that warms up.
    print(json.dumps({"milliseconds": 1e3 * median(times[1:])}))

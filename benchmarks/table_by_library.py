"""Fits a table with regress_cli: load, split, standardise, solve. Argument: a config. Prints the seconds.

Without an argument it stops after the imports; that is the process whose memory is taken off.
"""

import sys
import time

import polars  # noqa: F401 - the library imports it on use.

import regress_cli.data.tabular  # noqa: F401 - the same.
from regress_cli import load_config
from regress_cli.experiment.plan import make_plan
from regress_cli.training import solve

if len(sys.argv) > 1:
    started = time.perf_counter()
    solve(make_plan(load_config(sys.argv[1])).problem)
    print(time.perf_counter() - started)

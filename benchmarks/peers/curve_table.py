"""Writes the table of a problem, and prints its formula and start as `regress fit` takes them.

Started as ``python curve_table.py PROBLEM ROWS FILE``.
"""

import json
import sys

import numpy as np
from curve_data import CURVES

curve = CURVES[sys.argv[1]]
np.savetxt(
    sys.argv[3],
    np.column_stack(curve.data(int(sys.argv[2]))),
    fmt="%.17g",
    delimiter=",",
    header="x,y",
    comments="",
)
print(json.dumps([curve.expression, ",".join(f"{name}={value}" for name, value in curve.start.items())]))

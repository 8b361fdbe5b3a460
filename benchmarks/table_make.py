"""Writes a csv table: ten features of several sizes and a linear target. Arguments: its path, its rows."""

import sys

import numpy as np
import polars as pl

path, rows = sys.argv[1], int(sys.argv[2])
rng = np.random.default_rng(0)
sizes = np.arange(1.0, 11.0)
X = rng.standard_normal((rows, 10)) * sizes + sizes
y = X @ sizes + 5 + rng.standard_normal(rows)
columns = {f"x{j}": X[:, j - 1] for j in range(1, 11)}
pl.DataFrame({**columns, "y": y}).write_csv(path)

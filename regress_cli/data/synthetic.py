"""Synthetic data: inputs on a grid or at random, a known function, normal noise."""

import numpy as np

from regress_cli.config.schema import InputRange, SyntheticData
from regress_cli.data.columns import NumericColumn
from regress_cli.data.dataset import TRAIN, Dataset
from regress_cli.data.splits import random_parts
from regress_cli.data.streams import Streams
from regress_cli.errors import DataError
from regress_cli.expression import Expression
from regress_cli.scaling import fit_scaling


def draw_dataset(config: SyntheticData, streams: Streams) -> Dataset:
    """Draw the data that ``config`` describes.

    Raises:
        DataError: the target is not a finite number somewhere on the inputs.
    """
    X = np.empty((config.n, len(config.inputs)), order="F")
    for j, values in enumerate(config.inputs.values()):
        X[:, j] = _draw_input(values, config.n, streams.data)
    truth = Expression.parse(config.target)
    y = _true_target(truth, config, X) + _draw_noise(config, streams.data)
    parts = random_parts(config.n, config.split, streams.split)
    rows = parts[TRAIN]
    return Dataset(
        X=X,
        y=y,
        columns=tuple(NumericColumn(name) for name in config.inputs),
        target_name="target" if "t" in config.inputs else "t",
        parts=parts,
        scaling=fit_scaling(X[rows], y[rows], config.standardize.features, config.standardize.target),
        truth=truth,
        noise=config.noise,
    )


def _draw_input(values: InputRange, n: int, rng: np.random.Generator) -> np.ndarray:
    if values.spacing == "linspace":
        return np.linspace(values.low, values.high, n)
    return rng.uniform(values.low, values.high, n)


def _draw_noise(config: SyntheticData, rng: np.random.Generator) -> np.ndarray:
    with np.errstate(over="ignore"):
        noise = config.noise * rng.standard_normal(config.n)
    if not np.isfinite(noise).all():
        raise DataError(f"data.noise: {config.noise} is beyond what numbers can hold; give a smaller one")
    return noise


def _true_target(truth: Expression, config: SyntheticData, X: np.ndarray) -> np.ndarray:
    inputs = dict(zip(config.inputs, X.T, strict=True))
    with np.errstate(all="ignore"):
        target = np.broadcast_to(truth.evaluate(inputs), (config.n,)).astype(np.float64)
    finite = np.isfinite(target)
    if not finite.all():
        row = int((~finite).argmax())
        place = ", ".join(f"{name} = {column[row]:.6g}" for name, column in inputs.items())
        raise DataError(
            f"data.target: {truth.text} is {target[row]} at {place}; "
            "change the target, or the range of the inputs"
        )
    return target

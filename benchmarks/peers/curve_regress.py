"""A fit with regress: the solve with its inference, as a run makes it, without files and pictures."""

import numpy as np
from curve_data import Curve, Found, run_fit

from regress_cli.config import load_config
from regress_cli.data import Dataset, Streams
from regress_cli.data.columns import NumericColumn
from regress_cli.experiment.inferred import infer
from regress_cli.models import build_model
from regress_cli.scaling import Scaling, Standardizer
from regress_cli.training import assess, build_problem, minimize


def build(curve: Curve, x: np.ndarray, y: np.ndarray):
    """Return the fit."""
    config = load_config(
        {
            "data": {"kind": "table", "path": "none.csv", "target": "y"},
            "model": {"kind": "formula", "expression": curve.expression, "initial": curve.start},
            "optimizer": {"kind": "levenberg_marquardt"},
        }
    )
    dataset = Dataset(
        X=np.asfortranarray(x[:, None]),
        y=y,
        columns=(NumericColumn("x"),),
        target_name="y",
        parts={"train": slice(None)},
        scaling=Scaling(Standardizer.identity((1,)), Standardizer.identity(())),
    )
    problem = build_problem(config, dataset, build_model(config.model, ("x",)), Streams.spawn(0))

    def fit() -> Found:
        result = minimize(problem, lambda progress: None)
        inference = infer(problem, dataset, result, assess(problem, dataset, result))
        assert inference is not None
        assert result.convergence is not None
        parameters = inference.parameters
        return Found(
            [one.estimate for one in parameters],
            [one.standard_error for one in parameters],
            result.convergence.evaluations,
        )

    return fit


run_fit(build)

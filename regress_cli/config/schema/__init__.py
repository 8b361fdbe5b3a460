"""The schema of an experiment: the one source of validation, defaults, help, docs and JSON Schema.

Every section is frozen, refuses unknown keys, and takes no value of another type (a whole number
may stand where a float is wanted; nothing else is converted). There is a file for each section.
"""

from regress_cli.config.schema.base import LONGEST_COLUMN_NAME, ColumnName, Names, Section, VariableName
from regress_cli.config.schema.data import (
    Data,
    Fraction,
    InputRange,
    Split,
    Standardize,
    SyntheticData,
    TableData,
)
from regress_cli.config.schema.experiment import MINIMIZERS, NAMES_OF_SOLVERS, SQUARED, Experiment
from regress_cli.config.schema.inference import InferenceOptions
from regress_cli.config.schema.loss import MAE, MSE, HalfMSE, Huber, Loss
from regress_cli.config.schema.model import FormulaModel, LinearModel, MLPModel, Model, PolynomialModel
from regress_cli.config.schema.optimizer import (
    LBFGS,
    SGD,
    Adam,
    Constant,
    Cosine,
    Exact,
    LevenbergMarquardt,
    Optimizer,
    RMSProp,
    Schedule,
    StepDecay,
)
from regress_cli.config.schema.training import EarlyStopping, Plots, Training

# Fields that never change a result, and so stand outside the run's digest.
OUTSIDE_DIGEST = {"training": {"checkpoint_seconds", "engine"}}

__all__ = [
    "LBFGS",
    "LONGEST_COLUMN_NAME",
    "MAE",
    "MINIMIZERS",
    "MSE",
    "NAMES_OF_SOLVERS",
    "OUTSIDE_DIGEST",
    "SGD",
    "SQUARED",
    "Adam",
    "ColumnName",
    "Constant",
    "Cosine",
    "Data",
    "EarlyStopping",
    "Exact",
    "Experiment",
    "FormulaModel",
    "Fraction",
    "HalfMSE",
    "Huber",
    "InferenceOptions",
    "InputRange",
    "LevenbergMarquardt",
    "LinearModel",
    "Loss",
    "MLPModel",
    "Model",
    "Names",
    "Optimizer",
    "Plots",
    "PolynomialModel",
    "RMSProp",
    "Schedule",
    "Section",
    "Split",
    "Standardize",
    "StepDecay",
    "SyntheticData",
    "TableData",
    "Training",
    "VariableName",
]

"""Whether a formula fits its data, as far as the config alone can tell."""

from regress_cli.config.schema.base import problem
from regress_cli.config.schema.data import SyntheticData, TableData
from regress_cli.config.schema.model import FormulaModel
from regress_cli.text import did_you_mean, quoted


def check_formula(model: FormulaModel, data: SyntheticData | TableData) -> None:
    """Refuse names that are nothing, or two things at once.

    The columns of a table are not known here; `regress_cli.experiment.formula_names` looks at those.

    Raises:
        PydanticCustomError: the message names the culprit.
    """
    if data.standardize.features or data.standardize.target:
        raise problem(
            "a formula's parameters belong to the columns as they are; remove data.standardize",
            "data",
            "standardize",
        )
    if isinstance(data, TableData):
        _check_roles(model, data)
    if isinstance(data, SyntheticData):
        _check_names(model, list(data.inputs), "the inputs")
    elif data.features is not None:
        _check_names(model, list(data.features), "data.features")


def check_limits(model: FormulaModel, optimizer: str) -> None:
    """Refuse bounds and further starts with an optimizer that takes steps: it heeds neither.

    Raises:
        PydanticCustomError: the message names the solvers that do.
    """
    for key, values in (("bounds", model.bounds), ("starts", model.starts)):
        if values:
            raise problem(
                f"{optimizer} takes no notice of model.{key}; use levenberg_marquardt or lbfgs, "
                f"or remove model.{key}",
                "optimizer",
                "kind",
            )


def _check_names(model: FormulaModel, columns: list[str], what: str) -> None:
    for name in model.initial:
        if name in columns:
            raise problem(
                f"{quoted(name)} is a parameter and also one of {what}; name the parameter otherwise",
                "model",
                "initial",
                name,
            )
    for name in model.column_names:
        if name not in columns:
            hint = did_you_mean(name, [*model.initial, *columns])
            raise problem(
                f"{quoted(name)} is neither a parameter in initial nor one of {what}; {hint}",
                "model",
                "expression",
            )


def _check_roles(model: FormulaModel, data: TableData) -> None:
    roles = {"target": data.target, "weights": data.weights, "sigma": data.sigma}
    roles["split.column"] = data.split.column
    for role, column in roles.items():
        if column is None:
            continue
        if column in model.initial:
            raise problem(
                f"{quoted(column)} is a parameter and also data.{role}; name the parameter otherwise",
                "model",
                "initial",
                column,
            )
        if column in model.column_names:
            raise problem(
                f"{quoted(column)} is data.{role}, which can't be predicted from; take it out of the formula",
                "model",
                "expression",
            )

"""Solvers that go to a minimum and say whether they have arrived."""

from regress_cli.training.problem import Problem
from regress_cli.training.residuals import Heed
from regress_cli.training.result import Result


def minimize(problem: Problem, heed: Heed) -> Result:
    """Return the fit of the solver that the config names.

    Args:
        problem: What is fitted.
        heed: Is told of the progress; it may end the fit by raising.

    Raises:
        DataError: the fit can't begin.
    """
    # Each is imported on use, for it brings SciPy with it.
    if problem.experiment.optimizer.kind == "levenberg_marquardt":
        from regress_cli.training.levenberg_marquardt import fit_least_squares

        return fit_least_squares(problem, heed)
    from regress_cli.training.lbfgs import fit_lbfgs

    return fit_lbfgs(problem, heed)

"""Trains a network with scikit-learn's `MLPRegressor`, for as many steps; its start and order are its own.

It is here for its time alone. Its momentum is v <- mass v - rate g, p <- p + v, so its rate is
step_size (1 - mass). It stops only at the end of an epoch.
"""

import warnings

from program import Params, Train, run_program
from sklearn.exceptions import ConvergenceWarning
from sklearn.neural_network import MLPRegressor
from workload import Workload


def build(workload: Workload) -> Train:
    """Return the training."""
    n = len(workload.target)
    batch_size = n if workload.rows is None else workload.rows.shape[1]
    # It is told how many steps to take, and warns that it has not converged after them.
    warnings.simplefilter("ignore", ConvergenceWarning)

    def train(steps: int) -> Params:
        epochs = steps * batch_size // n
        model = MLPRegressor(
            hidden_layer_sizes=[len(b) for _, b in workload.layers[:-1]],
            activation=workload.activation,
            solver="sgd",
            alpha=0,
            batch_size=batch_size,
            learning_rate_init=workload.step_size * (1 - workload.mass),
            momentum=workload.mass,
            nesterovs_momentum=False,
            max_iter=epochs,
            n_iter_no_change=epochs + 1,
            random_state=0,
        )
        model.fit(workload.features, workload.target)
        return [array for layer in zip(model.coefs_, model.intercepts_, strict=True) for array in layer]

    return train


if __name__ == "__main__":
    run_program(build, whole_epochs=True)

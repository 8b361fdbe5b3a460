"""The library: functions whose gradients are written by hand in stages, a small file for each."""

from regress_cli.gradients.library.entry import Entry
from regress_cli.gradients.library.half_mse_linear import HALF_MSE_LINEAR
from regress_cli.gradients.library.half_mse_polynomial import HALF_MSE_POLYNOMIAL
from regress_cli.gradients.library.huber import HUBER
from regress_cli.gradients.library.layer_norm import LAYER_NORM
from regress_cli.gradients.library.logsumexp import LOGSUMEXP
from regress_cli.gradients.library.mlp import MLP
from regress_cli.gradients.library.relu import RELU
from regress_cli.gradients.library.sigmoid import SIGMOID
from regress_cli.gradients.library.softmax_cross_entropy import SOFTMAX_CROSS_ENTROPY
from regress_cli.gradients.library.softplus import SOFTPLUS
from regress_cli.gradients.library.tanh import TANH
from regress_cli.gradients.library.tutorial_tanh import TUTORIAL_TANH

LIBRARY: dict[str, Entry] = {
    entry.name: entry
    for entry in (
        SIGMOID,
        TANH,
        TUTORIAL_TANH,
        RELU,
        SOFTPLUS,
        LOGSUMEXP,
        SOFTMAX_CROSS_ENTROPY,
        HALF_MSE_LINEAR,
        HALF_MSE_POLYNOMIAL,
        MLP,
        HUBER,
        LAYER_NORM,
    )
}

__all__ = ["LIBRARY", "Entry"]

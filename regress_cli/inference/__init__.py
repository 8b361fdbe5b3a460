"""Inference: how far the estimates can be trusted, from the factor that the fit leaves."""

from regress_cli.inference.estimates import Inference, ParameterEstimate
from regress_cli.inference.fitted import row_blocks
from regress_cli.inference.jacobian import infer_jacobian
from regress_cli.inference.linear import infer_linear

__all__ = ["Inference", "ParameterEstimate", "infer_jacobian", "infer_linear", "row_blocks"]

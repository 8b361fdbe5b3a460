"""Gradients of recorded losses. Today one engine, `value_and_grad`: autograd's own reverse pass."""

from regress_cli.tape.record import value_and_grad

__all__ = ["value_and_grad"]

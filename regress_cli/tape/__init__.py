"""Gradients: autograd's own reverse pass, recorded once and replayed at array speed."""

from regress_cli.tape.decisions import NotRecordable
from regress_cli.tape.gradient import TapeWarning, value_and_grad
from regress_cli.tape.record import record
from regress_cli.tape.replay import Replay
from regress_cli.tape.reverse import evaluate
from regress_cli.tape.steps import Tape

__all__ = ["NotRecordable", "Replay", "Tape", "TapeWarning", "evaluate", "record", "value_and_grad"]

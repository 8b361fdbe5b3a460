"""A stranger's file, run in a process of its own that is asked in numbers and answers in numbers.

    parent    answer.py        have a process started, ask, and have it ended with all that it has started
              process.py       what such a process can do, and the plain one
              source.py        read the file, or say why not
              conversation.py  one question and one answer, within a time
              diagnosis.py     what became of a process that no longer answers
    between   frames.py        plain values as bytes, read back strictly
              channel.py       where one frame ends and the next begins
              reply.py         what comes back: a `Reply`, or a `Failure`
              limits.py        time, memory and output
    child     worker.py        load, call, look
              loading.py       the file as a module
              parameters.py    what its functions take
              forms.py         a gradient function, or a function that returns its own backward
              stages.py        a list of stages, run forward and backward
              shadow.py        the same stages under autograd
              arrays.py        what counts as a gradient
              explain.py       what an exception means, and in which line
    noticed   cheats.py        the look at the text, with reach.py, neighbours.py, imports.py, scope.py and
                                differences.py
              watch.py         the look at imports and at autograd
              steps.py         the look at points a tiny step apart

The plain child is no fortress: it shares the user and the files of its parent. It keeps what is broken,
endless or careless from the parent, and it notices shortcuts; whoever wants to deceive it can. `sealed` is
for the files of people who may mean harm.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from regress_cli.isolation.answer import Answer
    from regress_cli.isolation.limits import Limits
    from regress_cli.isolation.reply import Failure, Reply, StageReply

__all__ = ["Answer", "Failure", "Limits", "Reply", "StageReply"]

# Names are imported when they are first used, so that who only asks for help need not wait for NumPy.
_HOMES = {
    "Answer": "regress_cli.isolation.answer",
    "Failure": "regress_cli.isolation.reply",
    "Limits": "regress_cli.isolation.limits",
    "Reply": "regress_cli.isolation.reply",
    "StageReply": "regress_cli.isolation.reply",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)

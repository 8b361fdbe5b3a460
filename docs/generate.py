"""Writes what the code itself can say best: cli.md, config.md, assignment.md and configs/schema.json.

``python docs/generate.py`` writes them; with ``--check`` it only says which are stale, and exits 1.
"""

import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pydantic import BaseModel
from pydantic.fields import FieldInfo
from typer.testing import CliRunner

from regress_cli.cli.app import app
from regress_cli.cli.commands import COMMANDS
from regress_cli.config import Experiment
from regress_cli.config.sections import kind_of, sections_in
from regress_cli.config.wording import values_of
from regress_cli.grading.assignment.schema import AssignmentFile

ROOT = Path(__file__).resolve().parent.parent

_CLI = """\
# The command line

Written by `make docs` from the commands themselves.

stdout is the result, stderr is progress and notes. `--json` prints one JSON document, `--quiet` just the
essential word, so that `folder=$(regress run -q configs/mlp.yaml)` works in a script.

| exit code | meaning |
|---|---|
| 0 | done, and every check held |
| 1 | a bug in regress: nothing else ever exits 1 |
| 2 | usage, config or data: change the input |
| 3 | a check ran and failed |
| 4 | training diverged, or a fit did not converge; the last good state is kept |
| 5 | a limit was reached: time, memory, disk |
| 129, 130, 143 | interrupted by SIGHUP, SIGINT, SIGTERM; while training, the checkpoint is kept |

Completion for bash, zsh, fish and PowerShell: `regress --install-completion`.
"""

_CONFIG = """\
# The config

Written by `make docs` from the schema. Keys are strict: an unknown or repeated key, a value of another type
or out of range is refused, with its line and the nearest valid name. YAML is read by version 1.2: `1e-3` is
a number, `no` is a text.
A byte order mark is accepted; anchors, aliases and tags are not.

`KEY=VALUE` on the command line replaces a single value, as in
`regress run configs/mlp.yaml model.activation=tanh optimizer.step_size=0.02`; a new `kind` keeps the keys
that both kinds have.

`noise` is a standard deviation, not a variance. A `target` of synthetic data is arithmetic in the inputs:
`+ - * / **`, parentheses, `pi`, and the functions `exp log sqrt sin cos tan arctan sinh cosh tanh abs` and
`where(x < 0, a, b)`.

A `target` of a table may be arithmetic in its columns too, such as `log(y)`: the table then has no column
of that name. Everything is on that scale then: predictions, errors, residuals. `weights` and `sigma`
multiply the squares in the loss: with `weights` it is the weighted mean of the squares, with `sigma` the
mean of the squares of residuals in units of their own sigma. rmse, mae and R² stay those of the rows as
they are.

In csv and tsv a `'` before `=`, `+`, `-` or `@` at the beginning of a text or a name is not part of it:
regress writes it there, so that no spreadsheet computes the text ([more](run-folder.md#its-files)).

A formula's names are parameters where `initial` lists them, and columns (or synthetic inputs) otherwise; a
table then has these columns as its features, unless `features` says so itself. The expression is the
arithmetic of `target`. A penalty `l2` covers every parameter of a formula.

`levenberg_marquardt` and `lbfgs` take all rows at once, go to the minimum, and say by which criterion they
have arrived; `max_evaluations` and `max_iterations` are limits to that, and `training` has nothing for them
but `time_limit` (and `engine`, for lbfgs). A fit that does not arrive ends with exit code 4, and its
numbers are no result.

A complete config, with early stopping on a part of the rows that is kept aside:

```yaml
name: curve
seed: 1
data:
  kind: synthetic
  n: 200
  inputs: {x: {low: -3, high: 3}}
  target: x**3 - 5*x
  noise: 0.5
  split: {validation: 0.2, test: 0.2}
model: {kind: mlp, hidden: [8, 8], activation: tanh}
loss: {kind: huber, delta: 2}
optimizer:
  kind: adam
  step_size: 0.01
  schedule: {kind: cosine}
training:
  epochs: 500
  batch_size: 20
  early_stopping: {patience: 100}
plots: {pictures: [fit, loss], formats: [png, svg]}
```

Each example below replaces the section of its name in such a config.
"""

_ASSIGNMENT = """\
# The assignment file

Written by `make docs` from the schema. `regress grade init` writes a commented example, and
[grading.md](grading.md) is the guide. Keys are strict, as those of a [config](config.md) are; a path is
relative to the assignment file. All mistakes are told at once, with their lines, before anything is graded.

The values of an argument are a number or nested lists (`x: 2.0`, `w: [1, 2]`), or drawn uniformly
(`X: {low: -2, high: 2, shape: [8, 3]}`). Without `inputs`, a function of the library is tried on its own
examples and on drawn numbers. In every case an answer is also tried on other numbers of the same form, on
zeros, on large numbers and on smaller batches, as far as the reference has a gradient there.
"""

# An example for each kind of a section, and for what is hard to guess; shown under the section's table.
_EXAMPLES = {
    "data synthetic": """\
data:
  kind: synthetic
  inputs: {x: {low: 0, high: 10}, z: {low: -1, high: 1, spacing: uniform}}
  target: 4*x - z**2
  noise: 2
""",
    "data table": """\
data:
  kind: table
  path: houses.csv
  target: price
  categorical: [district]
  missing: mean
  split: {validation: 0.2, test: 0.2}
  standardize: {features: true, target: true}
""",
    "data.split": """\
data:
  kind: table
  path: houses.csv
  target: price
  split: {column: part}  # its cells say train, validation or test
""",
    "model linear": """\
model: {kind: linear}
""",
    "model polynomial": """\
model: {kind: polynomial, degree: 4}
""",
    "model mlp": """\
model: {kind: mlp, hidden: [8, 8], activation: tanh, init: glorot}
""",
    "model formula": """\
model:
  kind: formula
  expression: b1*(1 - exp(-b2*x))
  initial: {b1: 100, b2: 1}
  bounds: {b2: [0, null]}
  starts: [{b1: 500, b2: 0.1}, {b1: 50, b2: 5}]
optimizer: {kind: levenberg_marquardt}
""",
    "loss half_mse": """\
loss: {kind: half_mse, l2: 0.001}
""",
    "loss mse": """\
loss: {kind: mse}
""",
    "loss mae": """\
loss: {kind: mae}
""",
    "loss huber": """\
loss: {kind: huber, delta: 2}
""",
    "optimizer sgd": """\
optimizer: {kind: sgd, step_size: 0.01, mass: 0.9}
""",
    "optimizer.schedule constant": """\
optimizer:
  kind: sgd
  schedule: {kind: constant}
""",
    "optimizer.schedule cosine": """\
optimizer:
  kind: sgd
  schedule: {kind: cosine, final: 0.1}
""",
    "optimizer.schedule step": """\
optimizer:
  kind: sgd
  schedule: {kind: step, every: 1000, factor: 0.5}
""",
    "optimizer adam": """\
optimizer: {kind: adam, step_size: 0.001}
""",
    "optimizer rmsprop": """\
optimizer: {kind: rmsprop, step_size: 0.01, gamma: 0.9}
""",
    "optimizer exact": """\
optimizer: {kind: exact}  # with model linear or polynomial, and loss half_mse or mse
""",
    "optimizer levenberg_marquardt": """\
optimizer: {kind: levenberg_marquardt}  # with loss half_mse or mse
""",
    "optimizer lbfgs": """\
optimizer: {kind: lbfgs}  # with any loss but mae
""",
    "inference": """\
inference: {confidence: 0.99, errors: hc3}
""",
    "training": """\
training: {epochs: 200, batch_size: 32, time_limit: 60}
""",
    "training.early_stopping": """\
training:  # data.split gives the validation part that is watched
  early_stopping: {patience: 100, min_delta: 0.001}
""",
}


def generated() -> dict[Path, str]:
    """Return the content of every generated file."""
    schema = json.dumps(Experiment.model_json_schema(), indent=2) + "\n"
    return {
        ROOT / "docs" / "cli.md": _cli(),
        ROOT / "docs" / "config.md": _CONFIG + "".join(_section("", Experiment, set())),
        ROOT / "docs" / "assignment.md": _ASSIGNMENT + "".join(_section("", AssignmentFile, set())),
        ROOT / "configs" / "schema.json": schema,
    }


def _cli() -> str:
    blocks = [_CLI]
    for arguments in ([], *([command.__name__.replace("_", "-")] for command in COMMANDS)):
        title = " ".join(["regress", *arguments])
        help_text = CliRunner().invoke(app, [*arguments, "--help"], prog_name="regress").stdout
        blocks.append(f"\n## `{title}`\n\n```text\n{help_text.strip()}\n```\n")
    return "".join(blocks)


def _section(path: str, section: type[BaseModel], shown: set[tuple[str, str]]) -> Iterator[str]:
    """Yield the table of a section's keys, then those of the sections in it, each once."""
    if (path, section.__name__) in shown:
        return
    shown.add((path, section.__name__))
    kind = f", kind {kind_of(section)}" if "kind" in section.model_fields else ""
    title = f"`{path}`{kind}" if path else "Top level"
    yield f"\n## {title}\n\n{section.__doc__}\n\n| key | values | default | meaning |\n|---|---|---|---|\n"
    for key, field in section.model_fields.items():
        cells = (f"`{key}`", values_of(field), _default(key, field), field.description or "")
        yield f"| {' | '.join(map(_cell, cells))} |\n"
    yield _example(path, section)
    for key, field in section.model_fields.items():
        for inner in sections_in(field.annotation):
            yield from _section(f"{path}.{key}".lstrip("."), inner, shown)


def _example(path: str, section: type[BaseModel]) -> str:
    name = f"{path} {kind_of(section)}" if "kind" in section.model_fields else path
    return f"\n```yaml\n{_EXAMPLES[name]}```\n" if name in _EXAMPLES else ""


def _default(key: str, field: FieldInfo) -> str:
    if field.is_required():
        return "" if key == "kind" else "required"
    value: Any = field.get_default(call_default_factory=True)
    if isinstance(value, BaseModel):
        value = value.model_dump(mode="json", exclude_none=True)
    return "" if value is None else f"`{json.dumps(value)}`"


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def main() -> None:
    """Write the files, or with --check compare them."""
    os.environ |= {"COLUMNS": "100", "TERMINAL_WIDTH": "80"}
    stale = []
    for path, content in generated().items():
        if path.exists() and path.read_text(encoding="utf-8") == content:
            continue
        stale.append(str(path.relative_to(ROOT)))
        if "--check" not in sys.argv:
            path.write_text(content, encoding="utf-8")
    if stale:
        sys.stdout.write("\n".join(stale) + "\n")
    if stale and "--check" in sys.argv:
        sys.exit("stale: run `make docs`")


if __name__ == "__main__":
    main()

"""Writes what the code itself can say best: docs/cli.md, docs/config.md and configs/schema.json.

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
| 4 | training diverged; the last good state is kept |
| 5 | a limit was reached: time, memory, disk |
| 130, 143 | interrupted by SIGINT, SIGTERM; while training, the checkpoint is kept |

Completion for bash, zsh, fish and PowerShell: `regress --install-completion`.
"""

_CONFIG = """\
# The config

Written by `make docs` from the schema. Keys are strict: an unknown or repeated key, a value of another type
or out of range is refused, with its line and the nearest valid name. YAML is read by version 1.2: `1e-3` is
a number, `no` is a text. `KEY=VALUE` on the command line replaces a single value, as in
`regress run configs/mlp.yaml model.activation=tanh optimizer.step_size=0.02`; a new `kind` keeps the keys
that both kinds have.

`noise` is a standard deviation, not a variance. A `target` of synthetic data is arithmetic in the inputs:
`+ - * / **`, parentheses, `pi`, and the functions `exp log sqrt sin cos tan arctan sinh cosh tanh abs` and
`where(x < 0, a, b)`.
"""


def generated() -> dict[Path, str]:
    """Return the content of every generated file."""
    schema = json.dumps(Experiment.model_json_schema(), indent=2) + "\n"
    return {
        ROOT / "docs" / "cli.md": _cli(),
        ROOT / "docs" / "config.md": _CONFIG + "".join(_section("", Experiment, set())),
        ROOT / "configs" / "schema.json": schema,
    }


def _cli() -> str:
    blocks = [_CLI]
    for arguments in ([], *([command.__name__] for command in COMMANDS)):
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
    yield f"\n## {title}\n\n{section.__doc__}\n\n| key | default | meaning |\n|---|---|---|\n"
    for key, field in section.model_fields.items():
        yield f"| `{key}` | {_default(key, field)} | {_cell(field.description or '')} |\n"
    for key, field in section.model_fields.items():
        for inner in sections_in(field.annotation):
            yield from _section(f"{path}.{key}".lstrip("."), inner, shown)


def _default(key: str, field: FieldInfo) -> str:
    if field.is_required():
        return "" if key == "kind" else "required"
    value: Any = field.get_default(call_default_factory=True)
    if isinstance(value, BaseModel):
        value = value.model_dump(mode="json", exclude_none=True)
    return "" if value is None else _cell(f"`{json.dumps(value)}`")


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

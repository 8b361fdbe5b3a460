"""The resolved config, written so that reading it gives the same experiment."""

import os
from pathlib import Path
from typing import Any

import yaml

from regress_cli.config.reader import scalar
from regress_cli.config.schema import NAMES_OF_SOLVERS, OUTSIDE_DIGEST, Experiment, InferenceOptions


def resolved(experiment: Experiment, folder: Path) -> dict[str, Any]:
    """Return every key of the experiment, defaults included, as plain data for a file in ``folder``.

    The path of a table becomes relative to ``folder``, so that a project may move as a whole.
    """
    data = experiment.model_dump(mode="json", exclude_none=True)
    if "path" in data["data"]:
        data["data"]["path"] = relative_path(data["data"]["path"], folder)
    return data


def result_keys(experiment: Experiment) -> dict[str, Any]:
    """Return the keys that can change a result; the run's digest covers these.

    Of a table's path only the ending counts, by which it is read, not where it lies. The order of
    keys counts too: inputs are drawn, and become features, in the order in which they are written.
    """
    data = experiment.model_dump(mode="json", exclude_none=True, exclude=OUTSIDE_DIGEST)
    if experiment.training.engine == "compiled" and experiment.optimizer.kind not in NAMES_OF_SOLVERS:
        # It adds numbers up in another order; all other engines give the same bits.
        data["training"]["engine"] = "compiled"
    if experiment.inference == InferenceOptions():
        # Runs from before there was inference keep their names.
        del data["inference"]
    if "path" in data["data"]:
        data["data"]["path"] = Path(data["data"]["path"]).suffix.lower()
    return data


def to_yaml(experiment: Experiment, folder: Path) -> str:
    """Return the resolved config as YAML text for a file in ``folder``."""
    return as_yaml(resolved(experiment, folder))


def as_yaml(data: Any, *, is_flat: bool = False) -> str:
    """Return plain data as YAML text that the strict reader reads back as it is.

    With ``is_flat``, lists and inner mappings are written in brackets.
    """
    style = {"default_flow_style": None} if is_flat else {}
    return yaml.dump(data, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=100, **style)


def relative_path(path: str, folder: Path) -> str:
    """Return a path as it is written in a file of ``folder``."""
    try:
        return os.path.relpath(os.path.realpath(path), os.path.realpath(folder))
    except ValueError:  # On Windows there is no relative path between two drives.
        return path


class _Dumper(yaml.SafeDumper):
    """Quotes the texts that YAML would read as something else, such as "1e-3"."""


def _represent_text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    # Between double quotes every invisible character is written as an escape, line breaks included.
    is_plain = text.isprintable() and not text[:1].isdigit() and isinstance(scalar(text), str)
    style = None if is_plain else '"'
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Dumper.add_representer(str, _represent_text)

"""From a YAML file, or a mapping, to a validated `Experiment`."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from regress_cli.config.dump import relative_path
from regress_cli.config.overrides import apply_overrides, put_values
from regress_cli.config.problems import problem_lines
from regress_cli.config.reader import Document, read_file
from regress_cli.config.schema import Experiment
from regress_cli.errors import ConfigError


def load_config(config: str | Path | Mapping[str, Any], overrides: Sequence[str] = ()) -> Experiment:
    """Read and check a config.

    Args:
        config: The path of a YAML file, or the same content as a mapping. The path of a data
            table in it is relative to the file, or to the working folder for a mapping.
        overrides: ``"dotted.key=value"`` texts that replace single values.

    Raises:
        ConfigError: with one line for each problem, all of them at once.

    >>> load_config({"name": "line", "model": {"kind": "linear"},
    ...              "data": {"kind": "synthetic", "target": "2*x",
    ...                       "inputs": {"x": {"low": 0, "high": 1}}}}).optimizer.step_size
    0.01
    """
    return read_config(config, overrides).experiment()


@dataclass(frozen=True)
class ConfigSource:
    """A config that is read and not yet checked, from which many experiments can be made.

    Attributes:
        document: What it holds, with the line of each key.
        folder: The folder to which the path of a table in it is relative.
    """

    document: Document
    folder: Path

    def experiment(self, values: Sequence[tuple[str, Any]] = ()) -> Experiment:
        """Return the experiment with some values replaced, each by its dotted key.

        Raises:
            ConfigError: with one line for each problem, all of them at once.
        """
        document = put_values(self.document, values)
        _make_data_path_absolute(document.data, self.folder)
        try:
            return Experiment.model_validate(document.data)
        except ValidationError as error:
            raise ConfigError(*problem_lines(error, document)) from error

    def written_for(self, folder: Path) -> dict[str, Any]:
        """Return what it holds as plain data for a file in ``folder``; a table's path is relative to it."""
        data = dict(self.document.data)
        _make_data_path_absolute(data, self.folder)
        section = data.get("data")
        if isinstance(section, dict) and isinstance(section.get("path"), str):
            data["data"] = {**section, "path": relative_path(section["path"], folder)}
        return data


def read_config(config: str | Path | Mapping[str, Any], overrides: Sequence[str] = ()) -> ConfigSource:
    """Read a config as `load_config` does, and check no more than that it is one mapping.

    Raises:
        ConfigError: the file can't be read, or an override has no place in it.
    """
    if isinstance(config, Mapping):
        document, folder, default_name = Document(dict(config), "config"), Path(), "experiment"
    else:
        path = Path(config)
        document, folder, default_name = read_file(path), path.parent, _name_from(path)
    document = apply_overrides(document, overrides)
    document.data.setdefault("name", default_name)
    return ConfigSource(document, folder)


def _name_from(path: Path) -> str:
    """Return the file's name without its ending, with only characters that a name may have."""
    return re.sub(r"[^A-Za-z0-9._-]+", "-", path.stem).strip("-._") or "experiment"


def _make_data_path_absolute(data: dict[str, Any], folder: Path) -> None:
    section = data.get("data")
    if isinstance(section, dict) and isinstance(section.get("path"), str) and section["path"]:
        data["data"] = {**section, "path": str((folder / section["path"]).absolute())}

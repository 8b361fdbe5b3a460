"""From what a person typed, or wrote into a sweep file, to a `Sweep`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from regress_cli.config.load import ConfigSource, read_config
from regress_cli.config.schema.folder_name import why_no_folder
from regress_cli.config.seeds import seeds_of
from regress_cli.errors import ConfigError
from regress_cli.runs.result import METRICS, TELLING_PARTS
from regress_cli.sweeps.asking.axes import MOST_POINTS, parse_axis
from regress_cli.sweeps.asking.parameter import Parameter
from regress_cli.sweeps.asking.sweep_file import SweepFile, read_sweep_file
from regress_cli.sweeps.sweep import Sweep
from regress_cli.text import did_you_mean, printable, quoted


@dataclass(frozen=True)
class Wishes:
    """What the options of the command say; None where they say nothing."""

    name: str | None = None
    method: str | None = None
    count: int | None = None
    seed: int | None = None
    metric: str | None = None
    goal: str | None = None


def asked_sweep(config: Path, axes: Sequence[str], wishes: Wishes) -> Sweep:
    """Return the sweep that a config, or a sweep file, and the values of its keys stand for.

    Args:
        config: An experiment's config, or a sweep file, which has the keys ``base`` and ``parameters``.
        axes: ``KEY=VALUE,VALUE,...``; they replace what a sweep file says of the same keys.
        wishes: The command's options.

    Raises:
        ConfigError: it is no sweep, with what to do.
    """
    source = read_config(config)
    if _is_sweep_file(source):
        file = read_sweep_file(source.document)
        base = _base_of(file, config, source.document.place(("base",)))
    else:
        if not axes and source.document.data.get("seeds") is None:
            raise ConfigError("a sweep needs values for a key; write KEY=VALUE,VALUE, as in seed=0..9")
        file, base = SweepFile.model_construct(parameters={}), source
    given = {**file.parameters, **_parameters_of(axes)}
    parameters = {**given, **_seeds_of(base, given)}
    metric = wishes.metric or file.metric.name
    _check_metric(metric)
    count = wishes.count or file.run_cap
    method = wishes.method or ("random" if wishes.count else file.method)
    name = wishes.name or file.name or str(base.document.data["name"])
    _check_name(name)
    if method == "random":
        _check_count(count)
    else:
        _check_grid(parameters, wishes)
    return Sweep(
        name=name,
        base=base,
        parameters=parameters,
        method=method,
        count=count if method == "random" else None,
        seed=wishes.seed if wishes.seed is not None else file.seed,
        metric=metric,
        goal=wishes.goal or file.metric.goal or ("maximize" if metric.endswith("r2") else "minimize"),
    )


def _base_of(file: SweepFile, config: Path, place: str) -> ConfigSource:
    """Return the config that a sweep file varies; its path is relative to the sweep file."""
    if isinstance(file.base, str):
        base = read_config(config.parent / file.base)
    else:
        base = replace(read_config(file.base), folder=config.parent)
    if _is_sweep_file(base):
        what = printable(file.base) if isinstance(file.base, str) else "what stands there"
        raise ConfigError(f"{place}: base: {what} is itself a sweep file; give the config that it varies")
    return base


def _is_sweep_file(source: ConfigSource) -> bool:
    return "parameters" in source.document.data


def _seeds_of(base: ConfigSource, given: Mapping[str, Parameter]) -> dict[str, Parameter]:
    """Return the axis of the seeds that the config itself gives, where nothing else is said of them."""
    seeds = base.document.data.get("seeds")
    if seeds is None or "seed" in given:
        return {}
    return {"seed": Parameter(values=seeds_of(seeds))}


def _check_name(name: str) -> None:
    """Refuse what is no name: a folder is named so."""
    reason = why_no_folder(name)
    if reason is not None:
        raise ConfigError(reason)


def _check_count(count: int | None) -> None:
    if count is None:
        raise ConfigError("--method random needs the number of points; give --count 20")
    if count > MOST_POINTS:
        raise ConfigError(f"--count {count}: a sweep has at most {MOST_POINTS:,} points; give fewer")


def _check_grid(parameters: Mapping[str, Parameter], wishes: Wishes) -> None:
    """Refuse what means something for points that are drawn only."""
    if wishes.seed is not None:
        raise ConfigError(
            "--seed draws the points of --method random; for the experiment's own seed write seed=3"
        )
    if wishes.count is not None:
        raise ConfigError("--count is the number of points of --method random; a grid has all of them")
    drawn = next((key for key, one in parameters.items() if one.values is None), None)
    if drawn is not None:
        key = printable(drawn)
        raise ConfigError(
            f"{key}: a grid needs values, not a distribution; give {key}=VALUE,VALUE or --method random"
        )


def _parameters_of(axes: Sequence[str]) -> dict[str, Parameter]:
    """Return the values of each key that was typed."""
    found: dict[str, Parameter] = {}
    for axis in map(parse_axis, axes):
        if axis.key in found:
            raise ConfigError(f"{printable(axis.key)} stands twice; write all of its values behind one =")
        found[axis.key] = Parameter(values=axis.values)
    return found


def _check_metric(metric: str) -> None:
    part, dot, name = metric.rpartition(".")
    if name not in METRICS:
        raise ConfigError(f"{quoted(metric)} is no metric; {did_you_mean(name, METRICS)}")
    if dot and part not in TELLING_PARTS:
        raise ConfigError(
            f"{quoted(metric)}: {printable(part)} is no part; {did_you_mean(part, TELLING_PARTS)}"
        )

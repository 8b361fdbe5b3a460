"""The config: its schema, the strict YAML reader, overrides, and the way back to YAML."""

from regress_cli.config.dump import resolved, result_keys, to_yaml
from regress_cli.config.load import load_config
from regress_cli.config.schema import Experiment

__all__ = ["Experiment", "load_config", "resolved", "result_keys", "to_yaml"]

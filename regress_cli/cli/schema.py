"""``regress schema``."""


def schema() -> None:
    """Print the JSON Schema of configs, for editors.

    Save it beside a config and begin the config with this line, and an editor with a YAML language
    server completes and checks it: # yaml-language-server: $schema=schema.json

    Example: regress schema > configs/schema.json
    """
    from regress_cli.cli import view
    from regress_cli.config import Experiment

    view.show_json(Experiment.model_json_schema())

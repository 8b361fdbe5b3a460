"""The name of a run: its config's name and a digest of all that can change its result."""

import hashlib
import json
from typing import TYPE_CHECKING

from regress_cli.runs.layout import FORMAT_VERSION

if TYPE_CHECKING:
    from regress_cli.config import Experiment

_LENGTH = 12


def run_digest(experiment: "Experiment", data_fingerprint: str | None) -> str:
    """Return the digest of the resolved config, the data file's content and the format version."""
    # Imported here: who only lists runs need not wait for the schema.
    from regress_cli.config import result_keys

    content = {
        "format_version": FORMAT_VERSION,
        "config": result_keys(experiment),
        "data": data_fingerprint,
    }
    text = json.dumps(content, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:_LENGTH]

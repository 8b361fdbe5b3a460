"""Where the programs and files are that the benchmarks use."""

import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
CONFIGS = HERE.parent / "configs"
WORKLOADS = HERE / "workloads"
PEERS = HERE / "peers"
PYTHON = sys.executable
# Where `make bench` puts the environment of the other libraries.
PEERS_PYTHON = HERE.parent / ".venv-peers" / "bin" / "python"
# The command as `pip install` put it beside the interpreter.
REGRESS = str(Path(sys.executable).with_name("regress"))

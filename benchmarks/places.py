"""Where the programs and files are that the benchmarks use."""

import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
CONFIGS = HERE.parent / "configs"
PYTHON = sys.executable
# The command as `pip install` put it beside the interpreter.
REGRESS = str(Path(sys.executable).with_name("regress"))

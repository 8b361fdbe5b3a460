"""The ``regress`` command, and ``python -m regress_cli``."""

import gc
import sys

from regress_cli.interrupts import exit_on_signals, ignore_signals

# After so many new objects Python looks for garbage. Its own 700 make it look hundreds of times at what is
# imported, none of which is garbage, and take a tenth of the time of all imports.
_MANY_OBJECTS = 50_000


def main() -> None:
    """Run the command line, with signals in hand before anything slow is imported."""
    exit_on_signals()
    gc.set_threshold(_MANY_OBJECTS)

    from regress_cli.cli.ahead import helper_for

    with helper_for(sys.argv[1:]) as helper:
        from regress_cli.cli.app import main as run_command_line

        try:
            run_command_line(helper)
        finally:
            # While the interpreter shuts down, a signal would end it with another code than the command's.
            ignore_signals()
            # What is left is given back with the process: to look for garbage in it takes long.
            gc.freeze()


if __name__ == "__main__":
    main()

"""The ``regress`` command, and ``python -m regress_cli``."""

from regress_cli.interrupts import exit_on_signals, ignore_signals


def main() -> None:
    """Run the command line, with signals in hand before anything slow is imported."""
    exit_on_signals()

    from regress_cli.cli.app import main as run_command_line

    try:
        run_command_line()
    finally:
        # While the interpreter shuts down, a signal would end it with another code than the command's.
        ignore_signals()


if __name__ == "__main__":
    main()

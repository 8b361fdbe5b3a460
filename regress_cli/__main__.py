"""The ``regress`` command, and ``python -m regress_cli``."""

from regress_cli.interrupts import exit_on_signals


def main() -> None:
    """Run the command line, with signals in hand before anything slow is imported."""
    exit_on_signals()

    from regress_cli.cli.app import main as run_command_line

    run_command_line()


if __name__ == "__main__":
    main()

"""``python -m regress_cli``."""

from regress_cli.cli.app import main

main()

"""The command line: one short file a command; `view` shows, `app` turns errors into exit codes."""

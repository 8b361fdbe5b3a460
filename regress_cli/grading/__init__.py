"""From an assignment and a folder of submissions to records, of which marks and reports are drawn."""

"""What was handed in: whose each file or folder is, and what it holds."""

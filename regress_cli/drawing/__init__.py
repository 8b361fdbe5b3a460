"""Drawing in a second process: it imports matplotlib while the first one trains."""

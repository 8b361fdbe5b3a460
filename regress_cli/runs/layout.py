"""The names under outputs/, known to this room alone."""

FORMAT_VERSION = 1

RECORD = "run.json"
CONFIG = "config.yaml"
PARAMS = "params.npz"
METRICS = "metrics.csv"
PREDICTIONS = "predictions.csv"
PLOTS = "plots"
CHECKPOINT = "checkpoint"

# Every finished run holds these.
FILES = (RECORD, CONFIG, PARAMS, METRICS, PREDICTIONS)

# Prefixes of hidden siblings: a run that is being worked on, and one that is being replaced.
WORKING = ".working-"
REPLACED = ".replaced-"

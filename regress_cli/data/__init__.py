"""Data: synthetic generators and tables, parts, scaling, and the random streams."""

from regress_cli.config.schema import SyntheticData, TableData
from regress_cli.data.dataset import PARTS, TEST, TRAIN, VALIDATION, Dataset
from regress_cli.data.streams import Streams


def build_dataset(config: SyntheticData | TableData, streams: Streams) -> Dataset:
    """Draw or read the data that ``config`` describes."""
    # The readers are imported on use: a synthetic experiment has no need of polars.
    if isinstance(config, SyntheticData):
        from regress_cli.data.synthetic import draw_dataset

        return draw_dataset(config, streams)
    from regress_cli.data.tabular import load_dataset

    return load_dataset(config, streams)


__all__ = ["PARTS", "TEST", "TRAIN", "VALIDATION", "Dataset", "Streams", "build_dataset"]

"""``regress predict``."""

from pathlib import Path
from typing import Annotated

import typer

from regress_cli.cli.options import JsonOption, QuietOption


def predict(
    run: Annotated[
        Path, typer.Argument(metavar="RUN_FOLDER", help="A finished run, such as outputs/mlp-...")
    ],
    data: Annotated[Path, typer.Argument(metavar="DATA", help="A csv, tsv or parquet file of new rows.")],
    out: Annotated[
        Path | None, typer.Option("--out", metavar="FILE", help="Write the csv here, not to stdout.")
    ] = None,
    json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Predict new rows with a finished run.

    Prints csv: the columns that the run was trained on, and the prediction.

    Example: regress predict outputs/mlp-3f9c2a71d05e new.csv --out predicted.csv
    """
    from regress_cli.cli import view
    from regress_cli.experiment.prediction import predict_table
    from regress_cli.runs import open_run
    from regress_cli.text import quoted

    opened = open_run(run)
    table = predict_table(opened, data)
    if not quiet:
        if opened.status in _EARLY_ENDS:
            view.note(_EARLY_ENDS[opened.status])
        for name in table.ignored:
            view.note(f"column {quoted(name)} is not one that the run was trained on; it is ignored")
        if table.beyond_range:
            view.note(
                f"{table.beyond_range:,} prediction(s) are beyond the range of floating-point numbers: "
                "the rows are far from all that was learned, or the model has no value there"
            )
    view.show_columns(table.columns, out=out, as_json=json)


_EARLY_ENDS = {
    "diverged": "training diverged in this run; the predictions are those of its last finite parameters",
    "not_converged": "the fit of this run did not converge; the predictions are those of where it stopped",
    "time_limit": "the time limit ended this run's training early; the predictions may be far from its best",
}

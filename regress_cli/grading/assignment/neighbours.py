"""What references have imported from the folders in which they lie: verdicts depend on that too."""

import os
import sys
from collections.abc import Iterable
from pathlib import Path


def imported_beside(files: Iterable[Path]) -> list[Path]:
    """Return the modules of this process that lie in the folders of files, or below, without the files.

    Libraries, and regress itself, are left out where they are installed below such a folder.
    """
    own = {str(file.resolve()) for file in files}
    folders = tuple({f"{Path(one).parent}{os.sep}" for one in own})
    found: set[Path] = set()
    for name, module in list(sys.modules.items()):
        place = getattr(module, "__file__", None) or ""
        if place.startswith(folders) and place not in own and name.partition(".")[0] != "regress_cli":
            found.add(Path(place))
    return sorted(place for place in found if "site-packages" not in place.parts and place.is_file())

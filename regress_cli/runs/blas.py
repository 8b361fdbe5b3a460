"""What NumPy's linear algebra runs on: the kernel and the number of threads, which last digits depend on."""

import ctypes
from contextlib import suppress
from functools import cache
from pathlib import Path

import numpy as np

# Where NumPy's wheels for Linux and for Windows have their OpenBLAS, beside the package itself.
_FOLDER, _LIBRARY = "numpy.libs", "libscipy_openblas*"


def blas_in_use() -> dict[str, object]:
    """Return ``blas_kernel``, such as ``Haswell``, and ``blas_threads``.

    Both are None where NumPy has another library than the OpenBLAS of its wheels.
    """
    library = _openblas()
    if library is None:
        return {"blas_kernel": None, "blas_threads": None}
    library.scipy_openblas_get_corename64_.restype = ctypes.c_char_p
    return {
        "blas_kernel": library.scipy_openblas_get_corename64_().decode(),
        "blas_threads": int(library.scipy_openblas_get_num_threads64_()),
    }


@cache
def _openblas() -> ctypes.CDLL | None:
    """Return the OpenBLAS that NumPy has loaded already; None where it has none of its own."""
    folder = Path(np.__file__).parents[1] / _FOLDER
    for path in sorted(folder.glob(_LIBRARY)):
        with suppress(OSError):
            library = ctypes.CDLL(str(path))
            if hasattr(library, "scipy_openblas_get_corename64_"):
                return library
    return None

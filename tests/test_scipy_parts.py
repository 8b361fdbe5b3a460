"""What is taken from inside SciPy is what its packages have, also where it can't be taken."""

import subprocess
import sys
from types import ModuleType

import numpy as np
import pytest
import scipy.special
from scipy.optimize import leastsq

from regress_cli import scipy_parts
from regress_cli.scipy_parts import compiled_function, special_function
from regress_cli.training import minpack as minpacks
from regress_cli.training.minpack import minpack

NAMES = ["betaincinv", "chdtrc", "fdtrc", "ndtr", "ndtri", "stdtr", "stdtrit"]
X = np.linspace(0, 4, 30)
Y = 3 * np.exp(-0.7 * X) + np.random.default_rng(0).normal(0, 0.1, 30)
START = np.array([1.0, 1.0])


def output_of(code: str) -> list[str]:
    """Return the words that a new Python prints for a text of code."""
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert answer.stderr == ""
    return answer.stdout.split()


def residuals(p: np.ndarray) -> np.ndarray:
    """Return the residuals of a decay."""
    return p[0] * np.exp(-p[1] * X) - Y


def jacobian(p: np.ndarray) -> np.ndarray:
    """Return their derivatives."""
    return np.column_stack([np.exp(-p[1] * X), -p[0] * X * np.exp(-p[1] * X)])


def by_leastsq(tolerance: float, max_evaluations: int) -> tuple[np.ndarray, int, list[np.ndarray]]:
    """Return what SciPy's own function makes of the decay, and where it looks at the residuals."""
    seen: list[np.ndarray] = []
    options = {"ftol": tolerance, "xtol": tolerance, "gtol": tolerance, "maxfev": max_evaluations}
    end, *_, reason = leastsq(recorded(seen), START, Dfun=jacobian, full_output=True, **options)
    return end, reason, seen


def recorded(seen: list[np.ndarray]) -> minpacks.Vectors:
    """Return the residuals as a function that notes where it is asked for them."""

    def wanted(p: np.ndarray) -> np.ndarray:
        seen.append(p.copy())
        return residuals(p)

    return wanted


@pytest.mark.parametrize("name", NAMES)
def test_a_function_is_the_one_of_the_package(name: str):
    """A special function taken from inside gives the bits of the public one."""
    x = np.linspace(0.01, 0.99, 50)
    arguments = {1: [x], 2: [7, x], 3: [3, 4, x]}[special_function(name).nin]
    expected = getattr(scipy.special, name)(*arguments)
    np.testing.assert_array_equal(special_function(name)(*arguments), expected)


@pytest.mark.parametrize("package", ["optimize", "special"])
def test_the_package_can_be_imported_afterwards(package: str):
    """Who imports the whole package after a part of it gets the real one, with the same functions."""
    module, name = {"optimize": ("_minpack", "_lmder"), "special": ("_ufuncs", "ndtri")}[package]
    own = {"optimize": "optimize.leastsq is not None", "special": "special.ndtri is part"}[package]
    code = (
        "import sys; from regress_cli.scipy_parts import compiled_function\n"
        f"part = compiled_function('scipy.{package}', '{module}', '{name}')\n"
        f"print(part is not None, 'scipy.{package}' not in sys.modules)\n"
        f"from scipy import {package}; import scipy.{package}\n"
        f"print({own}, scipy.{package} is {package}, {package}.__file__ is not None)"
    )
    assert output_of(code) == ["True"] * 5


def test_most_of_scipy_is_not_imported():
    """A part needs a few modules of SciPy; its packages need hundreds."""
    code = (
        "import sys; from regress_cli.scipy_parts import compiled_function, special_function\n"
        "special_function('ndtri'), compiled_function('scipy.optimize', '_minpack', '_lmder')\n"
        "print(len([name for name in sys.modules if name.startswith('scipy')]))"
    )
    assert int(output_of(code)[0]) < 40


def test_beside_other_threads_the_package_is_imported():
    """Another thread could meet a package half imported, so there the whole one is imported."""
    code = (
        "import sys, threading; from regress_cli.scipy_parts import special_function\n"
        "leave = threading.Event(); threading.Thread(target=leave.wait).start()\n"
        "special_function('ndtri'); print('scipy.special' in sys.modules); leave.set()"
    )
    assert output_of(code) == ["True"]


@pytest.mark.parametrize("broken", ["no module", "no function", "an error"])
def test_another_scipy_is_imported_whole(monkeypatch: pytest.MonkeyPatch, broken: str):
    """Where SciPy's inside is another one, the functions come from its packages."""

    def alone(package: str, module: str) -> ModuleType:
        if broken == "no function":
            return ModuleType(module)
        raise ImportError(module) if broken == "no module" else SystemError(module)

    monkeypatch.setattr(scipy_parts, "_alone", alone)
    assert compiled_function("scipy.optimize", "_minpack", "_lmder") is None
    assert special_function("ndtri") is scipy.special.ndtri
    end, reason = minpack(residuals, jacobian, START, 1e-6, 100)
    expected, its_reason, _ = by_leastsq(1e-6, 100)
    np.testing.assert_array_equal(end, expected)
    assert reason == its_reason


def test_nothing_is_left_of_a_failed_import():
    """A module that is not there leaves no package without its content behind."""
    assert compiled_function("scipy.special", "_no_such_module", "f") is None
    code = (
        "import sys; from regress_cli.scipy_parts import compiled_function\n"
        "print(compiled_function('scipy.special', '_no_such_module', 'f'), 'scipy.special' in sys.modules)"
    )
    assert output_of(code) == ["None", "False"]


@pytest.mark.parametrize("signature", [None, "another one"])
@pytest.mark.parametrize(("tolerance", "max_evaluations"), [(1e-6, 100), (1e-3, 100), (1e-6, 3)])
def test_minpack_is_that_of_leastsq(
    monkeypatch: pytest.MonkeyPatch, signature: str | None, tolerance: float, max_evaluations: int
):
    """SciPy's compiled function goes the way that leastsq goes, bit by bit, also where it is another one."""
    if signature is not None:
        monkeypatch.setattr(minpacks, "_CALLED", signature)
    seen: list[np.ndarray] = []
    end, reason = minpack(recorded(seen), jacobian, START, tolerance, max_evaluations)
    expected, its_reason, its_seen = by_leastsq(tolerance, max_evaluations)
    np.testing.assert_array_equal(end, expected)
    np.testing.assert_array_equal(seen, its_seen)
    assert reason == its_reason
    np.testing.assert_array_equal(START, [1, 1])


def test_minpack_takes_the_short_way():
    """The SciPy that is installed has the compiled function that is asked for."""
    lmder = compiled_function("scipy.optimize", "_minpack", "_lmder")
    assert lmder is not None
    assert (lmder.__doc__ or "").startswith(minpacks._CALLED)


def test_an_error_ends_the_way():
    """What a function raises comes out as it is."""

    def fails(p: np.ndarray) -> np.ndarray:
        raise ValueError("no value here")

    with pytest.raises(ValueError, match="no value here"):
        minpack(residuals, fails, START, 1e-6, 100)

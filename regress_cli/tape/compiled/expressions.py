"""The C text of NumPy's elementwise functions: the same numbers, NaN and infinity included."""

import numpy as np

# For {f} see `suffix_of`.
ARITHMETIC = {
    np.add: "{0} + {1}",
    np.subtract: "{0} - {1}",
    np.multiply: "{0} * {1}",
    np.divide: "{0} / {1}",
    np.negative: "-{0}",
    np.square: "{0} * {0}",
    np.reciprocal: "1 / {0}",
    np.absolute: "__builtin_fabs{f}({0})",
    np.sqrt: "__builtin_sqrt{f}({0})",
    # A number that differs from itself is NaN.
    np.maximum: "({0} > {1} || {0} != {0}) ? {0} : {1}",
    np.minimum: "({0} < {1} || {0} != {0}) ? {0} : {1}",
    np.sign: "{0} > 0 ? 1 : {0} < 0 ? -1 : {0} == 0 ? 0 : {0}",
    np.power: "power{f}({0}, {1})",
}
TRANSCENDENTAL = {
    function: f"{function.__name__}{{f}}({{0}})"
    for function in (np.exp, np.expm1, np.log, np.log1p, np.sin, np.cos, np.tanh)
}
LOGIC = {
    np.less: "{0} < {1}",
    np.less_equal: "{0} <= {1}",
    np.greater: "{0} > {1}",
    np.greater_equal: "{0} >= {1}",
    np.equal: "{0} == {1}",
    np.not_equal: "{0} != {1}",
    np.logical_and: "{0} != 0 && {1} != 0",
    np.logical_or: "{0} != 0 || {1} != 0",
    np.logical_not: "{0} == 0",
}
EXPRESSIONS: dict[np.ufunc, str] = ARITHMETIC | TRANSCENDENTAL | LOGIC


def suffix_of(dtype: np.dtype) -> str:
    """Return the letter with which C marks functions of single precision, or nothing."""
    return "f" if dtype == np.float32 else ""


PRELUDE = """\
#include <stddef.h>

/* "noipa": GCC 12 takes some vectorised loops for functions without effects, and drops their calls. */
#define LOOP __attribute__((noinline, noipa))

/* Functions of whole vectors come from the C library, where it has them. */
#ifdef VECTOR_FUNCTIONS
#define VECTOR __attribute__((simd("notinbranch")))
#else
#define VECTOR
#endif
#define DECLARE(name) VECTOR double name(double); VECTOR float name##f(float);
DECLARE(exp) DECLARE(expm1) DECLARE(log) DECLARE(log1p) DECLARE(sin) DECLARE(cos) DECLARE(tanh)
VECTOR double pow(double, double);
VECTOR float powf(float, float);

static inline double power(double x, double exponent) { return exponent == 2 ? x * x : pow(x, exponent); }
static inline float powerf(float x, float exponent) { return exponent == 2 ? x * x : powf(x, exponent); }

#ifdef __FP_FAST_FMA
#define multiply_add(a, b, c) __builtin_fma(a, b, c)
#define multiply_addf(a, b, c) __builtin_fmaf(a, b, c)
#else
#define multiply_add(a, b, c) ((a) * (b) + (c))
#define multiply_addf(a, b, c) ((a) * (b) + (c))
#endif

static inline ptrdiff_t clip_index(ptrdiff_t index, ptrdiff_t length) {
    return index < 0 ? 0 : index < length ? index : length - 1;
}
"""

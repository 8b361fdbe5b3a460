"""Answers of learners: honest ones in many styles, and ones that take a shortcut to the gradient."""

import numpy as np

_RNG = np.random.default_rng(20)

# What an answer is called with: each takes the arguments whose names it has.
DATA = {
    "x": _RNG.normal(size=5),
    "y": _RNG.normal(size=5),
    "X": _RNG.normal(size=(6, 3)),
    "w": _RNG.normal(size=3),
    "b": np.float64(0.3),
    "t": _RNG.normal(size=6),
    "labels": np.array([0, 2, 1, 0, 2, 2]),
    "W1": _RNG.normal(size=(3, 4)),
    "W2": _RNG.normal(size=(4, 3)),
    "prices": np.array([1.52, 1.53, 1.61, 1.50, 1.53, 1.49, 1.55, 1.54]),
    "scalar": np.float64(0.7),
}

# Each defines grad_f. None of them may be noticed.
HONEST = {
    "a closed form": """
        def sigmoid(x):
            return 1 / (1 + np.exp(-x))
        def grad_f(x):
            s = sigmoid(x)
            return s * (1 - s)
        """,
    "a helper on both signs": """
        def sigmoid(x):
            return 1 / (1 + np.exp(-x))
        def grad_f(x):
            return np.where(x > 0, sigmoid(x) * sigmoid(-x), (sigmoid(x) - sigmoid(x) ** 2))
        """,
    "a mask": """
        grad_f = lambda x: (x > 0).astype(float)
        """,
    "softmax and cross-entropy": """
        def softmax(z):
            e = np.exp(z - z.max(axis=1, keepdims=True))
            return e / e.sum(axis=1, keepdims=True)
        def grad_f(X, labels):
            p = softmax(X)
            p[np.arange(len(labels)), labels] -= 1
            return p / len(labels)
        """,
    "a dict for a linear model": """
        def grad_f(X, w, b, t):
            r = X @ w + b - t
            return {"w": X.T @ r / len(t), "b": r.mean()}
        """,
    "a tuple for a logistic model": """
        def sigma(z): return 1 / (1 + np.exp(-z))
        def grad_f(X, w, b):
            p = sigma(X @ w + b)
            return X, X.T @ p, p.sum()
        """,
    "a loop over single numbers": """
        import math
        def sigma(v): return 1 / (1 + math.exp(-v))
        def grad_f(x):
            out = np.zeros_like(x)
            for i in range(len(x)):
                out[i] = sigma(x[i]) * (1 - sigma(x[i]))
            return out
        """,
    "a loop over prices that lie close": """
        def bend(v): return v * v + 1
        def grad_f(prices):
            center = prices.mean() / 3
            return [bend(p - center) for p in prices]
        """,
    "a loop over close prices themselves": """
        def bend(v): return 2 * v
        def grad_f(prices):
            return np.array([bend(p) for p in prices])
        """,
    "layers in a loop": """
        def layer(a, W): return np.tanh(a @ W)
        def grad_f(X, W1, W2):
            kept = [X]
            for W in (W1, W2, W1, W2):
                kept.append(layer(kept[-1], W))
            g = np.ones_like(kept[-1])
            for a, W in zip(kept[:0:-1], (W2, W1, W2, W1)):
                g = (g * (1 - a ** 2)) @ W.T
            return {"X": g}
        """,
    "tanh by exponentials": """
        def grad_f(x):
            t = (np.exp(x) - np.exp(-x)) / (np.exp(x) + np.exp(-x))
            return 1 - t ** 2
        """,
    "tanh by shifted exponentials": """
        def grad_f(x):
            m = np.abs(x)
            t = (np.exp(x - m) - np.exp(-x - m)) / (np.exp(x - m) + np.exp(-x - m))
            return 1 - t ** 2
        """,
    "a hyperbolic sine": """
        def grad_f(x, y):
            s = (np.exp(x + y) - np.exp(x - y)) / (2 * y)
            t = 2j * np.pi * y
            return s, np.abs(np.exp(t)) * (np.exp(t).imag / np.pi)
        """,
    "batch normalization": """
        def grad_f(X, eps=1e-5):
            n = len(X)
            s = 1 / np.sqrt(X.var(axis=0) + eps)
            z = (X - X.mean(axis=0)) * s
            g = np.ones_like(X) * z
            return (g - g.mean(axis=0) - z * (g * z).mean(axis=0)) * s / (1 + 0 * n)
        """,
    "means over a deviation with a tiny number": """
        def mean(v): return v.sum() / len(v)
        def grad_f(x, y):
            d = (mean(x) - mean(y)) / (x.std() + 1e-8)
            return x * d, y * d
        """,
    "a hidden layer called h": """
        def act(z): return np.maximum(z, 0)
        def grad_f(x, y):
            h = 1 + act(x)
            return (act(x + y) - act(y)) / h, (act(y) - act(x)) / (2 * h)
        """,
    "NumPy of autograd used as NumPy": """
        import autograd.numpy as anp
        def grad_f(x):
            return anp.cos(x) * anp.ones(len(x))
        """,
    "layers as classes": """
        class Dense:
            def __init__(self, W): self.W = W
            def forward(self, X):
                self.X = X
                return X @ self.W
            def backward(self, g): return g @ self.W.T, self.X.T @ g
        class Tanh:
            def forward(self, z):
                self.y = np.tanh(z)
                return self.y
            def backward(self, g): return g * (1 - self.y ** 2)
        def grad_f(X, W1, W2):
            one, bend, two = Dense(W1), Tanh(), Dense(W2)
            y = two.forward(bend.forward(one.forward(X)))
            g, d2 = two.backward(y)
            g, d1 = one.backward(bend.backward(g))
            return {"X": g, "W1": d1, "W2": d2}
        """,
    "a check beside the answer": """
        def f(x): return np.sin(x)
        def grad_f(x): return np.cos(x)
        def check(x, h=1e-6):
            return np.abs((f(x + h) - f(x - h)) / (2 * h) - grad_f(x)).max()
        def other_check(x): return np.gradient(f(x), x)
        if __name__ == "__main__":
            h = 1e-6
            print((f(1 + h) - f(1 - h)) / (2 * h))
        """,
    "a clipped quadratic": """
        def grad_f(x, delta=0.5):
            return np.clip(x, -delta, delta)
        """,
    "attention": """
        def softmax(z):
            e = np.exp(z - z.max(-1, keepdims=True))
            return e / e.sum(-1, keepdims=True)
        def grad_f(X):
            p = softmax(X @ X.T)
            q = softmax(p @ X)
            return np.einsum("ij,jk->ik", p, q)
        """,
    "a recursion": """
        def legendre(n, x):
            if n < 2:
                return x ** n
            return ((2 * n - 1) * x * legendre(n - 1, x) - (n - 1) * legendre(n - 2, x)) / n
        def grad_f(x):
            return 4 * (x * legendre(4, x) - legendre(3, x)) / (x ** 2 - 1)
        """,
    "a Fourier transform": """
        def grad_f(x):
            k = 2j * np.pi * np.fft.fftfreq(len(x))
            return np.fft.ifft(k * np.fft.fft(x)).real + np.fft.fft(x).imag / len(x)
        """,
    "a sum of exponentials": """
        def lse(z): return np.log(np.sum(np.exp(z)))
        def grad_f(x):
            m = x.max()
            return np.exp(x - m - lse(x - m)) + 0 * lse(x)
        """,
    "a network through time": """
        def cell(h, v, W): return np.tanh(h @ W + v)
        def grad_f(X, W1):
            W = W1[:, :3]
            states = [np.zeros(3)]
            for v in X:
                states.append(cell(states[-1], v, W))
            g, out = np.ones(3), np.zeros_like(W)
            for h, new in zip(states[-2::-1], states[:0:-1]):
                g = g * (1 - new ** 2)
                out += np.outer(h, g)
                g = g @ W.T
            return {"W1": np.pad(out, ((0, 0), (0, 1)))}
        """,
    "a temperature": """
        TEMPERATURE = 0.01
        def sigmoid(z): return 1 / (1 + np.exp(-z))
        def grad_f(x, y):
            d = (sigmoid(x) - sigmoid(y)) / TEMPERATURE
            return d, -d
        """,
    "dual numbers": """
        class Dual:
            def __init__(self, a, b): self.a, self.b = a, b
            def __mul__(self, other): return Dual(self.a * other.a, self.a * other.b + self.b * other.a)
            def __add__(self, other): return Dual(self.a + other.a, self.b + other.b)
        def f(d): return d * d * d + d
        def grad_f(x):
            return np.array([f(Dual(v, 1.0)).b for v in x])
        """,
    "a list of stages": """
        def a(X, w): return X @ w, lambda g: (np.outer(g, w), X.T @ g)
        def p(a):
            s = 1 / (1 + np.exp(-a))
            return s, lambda g: g * s * (1 - s)
        def loss(p, t):
            return np.mean((p - t) ** 2), lambda g: (g * 2 * (p - t) / len(t), None)
        grad_f = [a, p, loss]
        """,
    "a value and its backward": """
        def grad_f(x):
            e = np.exp(x)
            return np.log1p(e), lambda g: g * e / (1 + e)
        """,
    "a cached helper": """
        import functools
        @functools.lru_cache
        def factor(n): return 1.0 if n == 0 else n * factor(n - 1)
        def power(v, n): return v ** n / factor(n)
        def grad_f(x): return sum(power(x, n) for n in range(20))
        """,
    "random numbers of its own": """
        def noise(scale): return np.random.default_rng(1).normal(size=5) * scale
        def grad_f(x): return x + noise(0.5) - noise(0.5) + (noise(0.1) - noise(0.2)) / 2
        """,
}

# Each defines grad_f, and a part of the sentence that is expected.
_TINY = "at points a tiny step apart"
_DIFFERENCE = "is a finite difference"
_F = """
        def f(x): return np.sum(np.sin(x) * x)
        """
SHORTCUTS = {
    "a central difference": (
        """
        def g(v): return np.sin(v)
        def grad_f(x):
            h = 1e-5
            return (g(x + h) - g(x - h)) / (2 * h)
        """,
        "answer.py line 5: (g(x + h) - g(x - h)) / (2 * h) is a finite difference",
    ),
    "a forward difference in steps": (
        """
        def grad_f(x, eps=1e-7):
            y0 = np.sin(x)
            y1 = np.sin(x + eps)
            return (y1 - y0) / eps
        """,
        "answer.py line 5: (y1 - y0) / eps is a finite difference",
    ),
    "a step that is not known": (
        """
        def step(x): return np.finfo(float).tiny ** 0 * 2.0 ** -20
        def g(v): return v ** 3
        def grad_f(x):
            s = step(x)
            up = g(x + s)
            down = g(x - s)
            slope = up - down
            slope /= 2 * s
            return slope
        """,
        "answer.py line 9: slope /= 2 * s is a finite difference",
    ),
    "copies that are moved": (
        _F
        + """
        def grad_f(x):
            out, h = np.zeros_like(x), 1e-6
            for i in range(len(x)):
                plus, minus = x.copy(), np.array(x)
                plus[i] += h
                minus[i] -= h
                out[i] = (f(plus) - f(minus)) / (2 * h)
            return out
        """,
        _DIFFERENCE,
    ),
    "an array that is moved in place": (
        _F
        + """
        def slope(f, x, i, h):
            old = x[i]
            x[i] = old + h
            up = f(x)
            x[i] = old - h
            down = f(x)
            x[i] = old
            return (up - down) / (2 * h)
        def grad_f(x): return [slope(f, x, i, 1e-4) for i in range(len(x))]
        """,
        _DIFFERENCE,
    ),
    "a product with a reciprocal": (
        """
        def g(v): return v ** 3
        def grad_f(x):
            h = np.sqrt(np.finfo(float).eps)
            return 1 / h * (g(x + h) - g(x))
        """,
        _DIFFERENCE,
    ),
    "a sum of differences": (
        """
        def g(v, W): return np.tanh(v @ W)
        def grad_f(X, W1):
            out = np.zeros_like(X)
            for k in np.ndindex(X.shape):
                e = np.zeros_like(X)
                e[k] = 10 ** -5
                out[k] = (g(X + e, W1).sum() - g(X - e, W1).sum()) / 2e-5
            return {"X": out}
        """,
        _DIFFERENCE,
    ),
    "a lambda": (
        """
        g = lambda v: np.exp(v)
        d = lambda fun, v, h=1e-6: (fun(v + h) - fun(v)) / h
        grad_f = lambda x: d(g, x)
        """,
        _DIFFERENCE,
    ),
    "five points": (
        """
        def g(v): return np.exp(v)
        def grad_f(x):
            h = 1e-3
            return (8 * (g(x + h) - g(x - h)) - (g(x + 2 * h) - g(x - 2 * h))) / (12 * h)
        """,
        _DIFFERENCE,
    ),
    "subtract and divide": (
        _F
        + """
        def grad_f(x):
            steps = np.eye(len(x)) / 2 ** 18
            return np.divide([np.subtract(f(x + e), f(x)) for e in steps], steps.max())
        """,
        f"answer.py line 6: calls f {_TINY}, as a finite difference does",
    ),
    "single numbers in two loops": (
        """
        def g(v): return v ** 3
        def grad_f(x):
            up = np.array([g(v + 1e-4) for v in x])
            down = np.array([g(v - 1e-4) for v in x])
            return np.divide(np.subtract(up, down), 2e-4)
        """,
        _TINY,
    ),
    "one number": (
        """
        def g(v): return v ** 3
        def grad_f(scalar):
            up, down = g(scalar + 1e-6), g(scalar)
            return np.divide(np.subtract(up, down), 1e-6)
        """,
        _TINY,
    ),
    "a step relative to the number": (
        """
        def g(v): return v ** 3
        def grad_f(x):
            h = 6e-6 * np.maximum(1, np.abs(x))
            return np.array([np.subtract(g(v + k), g(v - k)) * (0.5 * k ** -1) for v, k in zip(x, h)])
        """,
        _TINY,
    ),
    "lists of numbers": (
        """
        def g(values): return sum(v ** 2 for v in values)
        def grad_f(x):
            values, out = list(x), []
            for i in range(len(values)):
                moved = values[:i] + [values[i] + 1e-5] + values[i + 1:]
                out.append(np.subtract(g(moved), g(values)) * 10 ** 5)
            return out
        """,
        _TINY,
    ),
    "a text that is run": (
        _F
        + """
        def grad_f(x):
            grid = np.eye(len(x)) * 1e-6
            return np.array([eval("(f(x + e) - f(x - e)) / 2e-6", globals(), {"x": x, "e": e}) for e in grid])
        """,
        f"calls f {_TINY}",
    ),
    "a direction": (
        """
        def g(v): return np.exp(v)
        def grad_f(x):
            return sum([g(x + 1e-6), -g(x)]) * 1e6
        """,
        f"calls g {_TINY}",
    ),
    "a complex step": (
        """
        def g(v): return v ** 3
        def grad_f(x):
            return np.imag(g(x + 1e-20j)) / 1e-20
        """,
        "answer.py line 4: np.imag(g(x + 1e-20j)) / 1e-20 is a complex step",
    ),
    "a complex step in steps": (
        """
        def g(v): return v ** 3
        def grad_f(x):
            return step(x, 2.0 ** -60)
        def step(x, h):
            z = g(x + 1j * h)
            return z.imag / h
        """,
        "answer.py line 7: z.imag / h is a complex step",
    ),
    "NumPy's gradient": (
        """
        from numpy import gradient
        def grad_f(x): return gradient(np.sin(x), x)
        """,
        "answer.py line 3: numpy.gradient is a finite difference",
    ),
    "a helper of regress": (
        """
        def grad_f(x):
            import regress_cli.text
            return x
        """,
        "answer.py line 3: imports regress_cli",
    ),
}

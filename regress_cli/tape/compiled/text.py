"""Statements written in C.

The text names arrays by their number alone: where they lie is told when the program is run.
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import count, product

from regress_cli.tape.compiled.expressions import PRELUDE
from regress_cli.tape.compiled.groups import Group, in_one_body, rows_at_a_time
from regress_cli.tape.compiled.statements import C_TYPES, Access, Statement

# How many neighbouring results are computed side by side, so that what they share is read once.
_SIDE_BY_SIDE = 4

# The name of a loop's variable, or none, and what is added to it.
Index = tuple[str, int]


def write_c(groups: Sequence[Group]) -> str:
    """Return a C function that carries out groups of statements as often as it is told.

    Each loop is a function of its own: in one large function some compilers take very long.
    """
    functions, calls = [], []
    for group in groups:
        rows, turn = group[0].rows, rows_at_a_time(group)
        bounds = ("0", str(rows)) if turn == rows else ("start", "end")
        calls.append(f"for (ptrdiff_t start = 0; start < {rows}; start += {turn}) {{")
        calls.append(f"const ptrdiff_t end = start + {turn} < {rows} ? start + {turn} : {rows};")
        for body in in_one_body(group):
            name = f"loop{len(functions)}"
            functions.append("\n".join(_function(name, body, *bounds)))
            calls.append(f"{name}(arrays, start, end);")
        calls.append("}")
    program = [
        '__attribute__((visibility("default")))',
        "void program(void *const *arrays, ptrdiff_t repetitions) {",
        "for (; repetitions > 0; repetitions--) {",
        *calls,
        "}",
        "}",
    ]
    return "\n".join([PRELUDE, *functions, *program, ""])


def _function(name: str, body: Group, start: str, end: str) -> Iterator[str]:
    """Yield a function with the loops around a body, the innermost one over rows from start to end."""
    yield f"static LOOP void {name}(void *const *arrays, ptrdiff_t start, ptrdiff_t end) {{"
    memories = {access.memory for statement in body for access in statement.accesses}
    for number, kind in sorted({(memory.number, C_TYPES[memory.dtype]) for memory in memories}):
        yield f"{kind} *const a{number} = arrays[{number}];"
    blocks = [
        _blocks(f"i{axis}", size, width)
        for axis, (size, width) in enumerate(zip(body[0].sizes[:-1], _widths(body), strict=True))
    ]
    for block in product(*blocks):
        headers = [header for header, _ in block if header]
        points = list(product(*(indices for _, indices in block)))
        yield " ".join([*headers, "{"])
        yield from _Rows(body, points, start, end).lines()
        yield "}"
    yield "}\n"


def _widths(body: Group) -> list[int]:
    """Return for each outer loop how many of its rounds are done side by side."""
    first = body[0]
    widths = [1] * len(first.sizes[:-1])
    for axis in range(len(widths))[-2:] if first.is_sum else range(len(widths))[-1:]:
        if first.out.strides[axis] != 0 and (first.is_sum or any(statement.has_reuse for statement in body)):
            widths[axis] = _SIDE_BY_SIDE
    return widths


def _blocks(name: str, size: int, width: int) -> list[tuple[str, list[Index]]]:
    """Return a loop in steps of a width, and what is left over: its head, and the indices in its body."""
    whole = size - size % width
    blocks: list[tuple[str, list[Index]]] = []
    if whole == width:
        blocks.append(("", [("", step) for step in range(width)]))
    elif whole:
        head = f"for (ptrdiff_t {name} = 0; {name} < {whole}; {name} += {width})"
        blocks.append((head, [(name, step) for step in range(width)]))
    if whole < size:
        blocks.append(("", [("", step) for step in range(whole, size)]))
    return blocks


class _Rows:
    """Writes a loop over rows; the statements in it are carried out at some points of the outer loops."""

    def __init__(self, body: Group, points: Iterable[tuple[Index, ...]], start: str, end: str) -> None:
        self._before: list[str] = []
        self._inside: list[str] = []
        self._after: list[str] = []
        self._totals: list[str] = []
        # The variable that holds what an array has, or will have, at a place.
        self._values: dict[str, str] = {}
        self._stores: dict[str, str] = {}
        self._names = (f"v{number}" for number in count())
        self._start, self._end = start, end
        for point in points:
            for statement in body:
                self._add(statement, point)

    def lines(self) -> Iterator[str]:
        """Yield the text."""
        yield from self._before
        yield "#pragma omp simd" + (f" reduction(+: {', '.join(self._totals)})" if self._totals else "")
        yield f"for (ptrdiff_t row = {self._start}; row < {self._end}; row++) {{"
        yield from self._inside
        yield from (f"{place} = {value};" for place, value in self._stores.items())
        yield "}"
        yield from self._after

    def _add(self, statement: Statement, point: Sequence[Index]) -> None:
        args = [
            self._argument(arg, point, is_place=statement.looks_up and number == 0)
            for number, arg in enumerate(statement.args)
        ]
        place, dtype = _place(statement.out, point), statement.out.memory.dtype
        name = next(self._names)
        if statement.is_sum:
            self._totals.append(name)
            self._before.append(f"{C_TYPES[dtype]} {name} = 0;")
            self._inside.append(f"{name} = {statement.expression.format(*args, total=name)};")
            self._after.append(f"{place} = {self._sum_so_far(statement, point, place)}{name};")
        else:
            kind = "_Bool" if dtype.kind == "b" else C_TYPES[dtype]
            self._inside.append(f"const {kind} {name} = {statement.expression.format(*args)};")
            self._values[place] = self._stores[place] = name

    def _argument(self, arg: Access | int, point: Sequence[Index], is_place: bool) -> str:
        if isinstance(arg, int):
            return f"({arg})"
        return f"(&{_place(arg, point)})" if is_place else self._read(arg, point)

    def _read(self, access: Access, point: Sequence[Index]) -> str:
        place = _place(access, point)
        if place not in self._values:
            name = self._values[place] = next(self._names)
            lines = self._before if access.is_the_same_in_each_row else self._inside
            lines.append(f"const {C_TYPES[access.memory.dtype]} {name} = {place};")
        return self._values[place]

    def _sum_so_far(self, statement: Statement, point: Sequence[Index], place: str) -> str:
        """Return the text that adds what earlier rounds of the outer loops have summed, if there are any."""
        outer = [
            name
            for (name, _), stride in zip(point, statement.out.strides, strict=False)
            if name and stride == 0
        ]
        if self._start != "0":
            outer.append(self._start)
        return f"({' | '.join(outer)} ? {place} : 0) + " if outer else ""


def _place(access: Access, point: Sequence[Index]) -> str:
    """Return the text of an array's entry."""
    offset = access.offset
    terms = []
    for (name, step), stride in zip((*point, ("row", 0)), access.strides, strict=True):
        offset += step * stride
        if name and stride:
            terms.append(name if stride == 1 else f"{name} * {stride}")
    if offset or not terms:
        terms.append(str(offset))
    return f"a{access.memory.number}[{' + '.join(terms)}]"

"""Which statements share a loop over rows.

Where all that a later statement needs of a row is there once the row is done, statements can take turns
on a few hundred rows at a time, while those rows are in the processor's nearest cache.
"""

from collections.abc import Iterable

from regress_cli.tape.compiled.statements import Statement

# The bytes that one turn goes through: those of a single statement fit into a level-1 cache, and all of
# them into a level-2 cache. Shorter turns would leave sums over rows too little to do at a time.
_CACHE = 64 * 1024
_ALIGNMENT = 32
# The arguments in one loop's body. Compilers take time that grows faster than the body does.
_MOST_ARGUMENTS = 48

Group = list[Statement]


def group(statements: Iterable[Statement]) -> list[Group]:
    """Return the statements in groups that share a loop over rows, in an order that keeps their outcome."""
    groups: list[Group] = []
    for statement in statements:
        home = None
        for candidate in reversed(groups):
            if all(_may_share_rows(statement, other) for other in candidate):
                home = candidate
            if any(any(statement.conflicts(other)) for other in candidate):
                break  # It can't be done any earlier.
        if home is None:
            groups.append([statement])
        else:
            home.append(statement)
    return groups


def rows_at_a_time(group: Group) -> int:
    """Return how many rows of all arrays of a group lie in the cache together."""
    bytes_of_row = {
        access.memory.number: (access.memory.end - access.memory.start) / statement.rows
        for statement in group
        for access in statement.accesses
        if access.strides[-1] != 0
    }
    rows = group[0].rows
    turns = -(-rows * int(sum(bytes_of_row.values()) + 1) // _CACHE)
    per_turn = -(-rows // turns)
    return min(rows, -(-per_turn // _ALIGNMENT) * _ALIGNMENT)


def in_one_body(group: Group) -> list[Group]:
    """Return the statements of a group, those together that can be done for one entry after the other."""
    bodies: list[Group] = []
    for statement in group:
        body = [*(bodies[-1] if bodies else ()), statement]
        is_small = sum(len(other.args) for other in body) <= _MOST_ARGUMENTS
        if bodies and is_small and all(_may_share_entries(statement, other) for other in bodies[-1]):
            bodies[-1] = body
        else:
            bodies.append([statement])
    return bodies


def _may_share_rows(one: Statement, other: Statement) -> bool:
    return one.rows == other.rows and all(
        access.keeps_to_its_row(before) for access, before in one.conflicts(other)
    )


def _may_share_entries(one: Statement, other: Statement) -> bool:
    return (
        one.sizes == other.sizes
        and not any(statement.is_sum or statement.is_alone for statement in (one, other))
        and all(access == before for access, before in one.conflicts(other))
    )

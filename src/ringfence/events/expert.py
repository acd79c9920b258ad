# ruff: noqa: S608  The statement is the expert's own text: _checked looks at every node of it before it runs.
"""Read-only SQL for experts: refused unless the parsed statement holds allowed parts only, then run in a cage.

1. The wall: chDB itself parses the statement inside `SELECT * FROM (...)`, where FORMAT, INTO OUTFILE and a second
   statement are syntax errors, and every node of the tree has to be of an allowed kind: no table but ours, no table
   function, no SETTINGS, no function outside the listed categories. Without it, `SELECT file('/etc/passwd')` reads that
   file and merge() sees all tenants, whatever `readonly` says. What was checked is what runs.
2. The cage: `additional_table_filters` binds both tables to the tenant below the level of SQL, on a fresh connection in
   `readonly = 1`, where no setting can be changed. It holds for all ways to name the tables, not for table functions
   such as merge() or mergeTreeIndex(): those only the wall stops.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from ringfence.core.actor import Actor, Permission
from ringfence.core.errors import UsageError
from ringfence.events.chdb_pool import Connection, Engine, StoreError, quoted
from ringfence.events.model import Table
from ringfence.events.schema import DATABASE

MAX_LENGTH = 20_000
MAX_ROWS = 100_000
_MAX_NODES = 4_000

_KINDS = frozenset(
    {
        "ArrayJoin",
        "Asterisk",
        "ExpressionList",
        "Function",
        "Identifier",
        "InterpolateElement",
        "Literal",
        "OrderByElement",
        "QualifiedAsterisk",
        "SelectIntersectExceptQuery",
        "SelectQuery",
        "SelectWithUnionQuery",
        "Subquery",
        "TableExpression",
        "TableIdentifier",
        "TableJoin",
        "TablesInSelectQuery",
        "TablesInSelectQueryElement",
        "WindowDefinition",
        "WindowListElement",
        "WithElement",
    }
)
_CATEGORIES = (
    "Aggregate Functions",
    "Arithmetic",
    "Arrays",
    "Bit",
    "Comparison",
    "Conditional",
    "Dates and Times",
    "Encoding",
    "Hash",
    "IP Address",
    "JSON",
    "Logical",
    "Map",
    "Mathematical",
    "Null",
    "Rounding",
    "String",
    "String Replacement",
    "String Search",
    "String Splitting",
    "Time Window",
    "Tuple",
    "Type Conversion",
    "URL",
)
_ALSO = frozenset(
    {"transform", "toTypeName", "formatReadableSize", "formatReadableQuantity", "formatReadableTimeDelta"}
)
_NEVER = frozenset({"chdb", "aggThrow", "flameGraph", "formatRow", "formatRowNoNewline"})
# Names that the parser writes for syntax (x -> y, CASE, EXISTS, COUNT(DISTINCT x)) and that are in no category.
_SYNTAX = frozenset({"lambda", "caseWithExpression", "caseWithoutExpression", "exists", "countDistinct", "grouping"})
_COMBINATORS = ("If", "Array", "Map", "Distinct", "OrNull", "OrDefault", "ForEach", "ArgMin", "ArgMax")
_GROUPINGS = frozenset({"rollup", "cube", "grouping sets"})


@dataclass(frozen=True, slots=True)
class Functions:
    """What an expert may call: names as they are, and lower-case names where ClickHouse ignores case."""

    exact: frozenset[str]
    folded: frozenset[str]
    aggregates: frozenset[str]

    @classmethod
    def read(cls, connection: Connection) -> Functions:
        """Return the functions of the allowed categories that this ClickHouse has."""
        rows = connection.rows(
            "SELECT f.name, f.case_insensitive, f.is_aggregate, f.alias_to, "
            "if(f.categories != '', f.categories, target.categories) AS category "
            "FROM system.functions AS f LEFT JOIN system.functions AS target ON f.alias_to = target.name "
            "WHERE f.origin = 'System'"
        )
        allowed = [
            (name, folds, aggregates)
            for name, folds, aggregates, alias, category in rows
            if not {name, alias} & _NEVER
            and not name.startswith("_")
            and not name.startswith("naiveBayes")
            and (category in _CATEGORIES or {name, alias} & _ALSO)
        ]
        return cls(
            frozenset(name for name, _, _ in allowed) | _SYNTAX,
            frozenset(name.lower() for name, folds, _ in allowed if folds),
            frozenset(name for name, _, aggregates in allowed if aggregates),
        )

    @classmethod
    def of(cls, engine: Engine) -> Functions:
        """Read them on a connection of their own, without the bounds of an expert's statement."""
        connection = engine.connect()
        try:
            return cls.read(connection)
        finally:
            engine.release(connection)

    def allow(self, name: str) -> bool:
        """Tell whether the function may be called, also with combinators such as countIf."""
        if name in self.exact or name.lower() in self.folded:
            return True
        for suffix in _COMBINATORS:
            if name.endswith(suffix):
                base = name.removesuffix(suffix)
                return base in self.aggregates or (base not in self.exact and self.allow(base))
        return False


@dataclass(frozen=True, slots=True)
class _Node:
    depth: int
    kind: str
    name: str


def run(
    engine: Engine, functions: Functions, actor: Actor, text: str, limit: int, bounds: Mapping[str, int | str]
) -> Table:
    """Return the rows of one SELECT over `events` and `quarantine` of the actor's tenant, at most `limit` of them."""
    actor.require(Permission.READ_RAW_SQL)
    if not 0 < limit <= MAX_ROWS:
        raise UsageError(f"at most {MAX_ROWS} rows")
    connection = engine.connect(**{**bounds, **_cage(actor.tenant)})
    try:
        connection.run(f"USE {DATABASE}")
        connection.run("SET readonly = 1")
        checked = _checked(connection, functions, actor, text)
        started = time.perf_counter()
        # Checked above, node by node; the line ends close a comment that the text may end in.
        columns, rows = connection.named_rows(f"SELECT * FROM (\n{checked}\n) LIMIT {limit + 1:d}")
    except StoreError as error:
        raise UsageError(_told(error), remedy="one SELECT over events and quarantine") from None
    finally:
        engine.release(connection)
    return Table(columns, rows[:limit], (time.perf_counter() - started) * 1000, len(rows) > limit)


def _cage(tenant: str) -> dict[str, int | str]:
    only = quoted(f"tenant = {quoted(tenant)}")
    filters = ", ".join(f"{quoted(f'{DATABASE}.{table}')}: {only}" for table in ("events", "quarantine"))
    return {
        "readonly": 0,
        "additional_table_filters": f"{{{filters}}}",
        "max_query_size": 4 * MAX_LENGTH,
        "max_ast_elements": 2 * _MAX_NODES,
        "max_result_bytes": 64 * 1024 * 1024,
        "max_temporary_data_on_disk_size_for_query": 1024 * 1024 * 1024,
        "max_hyperscan_regexp_length": 1_000,
        "max_hyperscan_regexp_total_length": 10_000,
        "max_recursive_cte_evaluation_depth": 100,
    }


def _checked(connection: Connection, functions: Functions, actor: Actor, text: str) -> str:
    if len(text) > MAX_LENGTH or "\0" in text:
        raise UsageError(f"a statement has at most {MAX_LENGTH} characters and no NUL")
    text = text.strip().rstrip(";").rstrip()
    found = connection.classify(text)
    if found["statement_count"] != 1 or found["query_class"].name != "READ_ONLY":
        raise UsageError("this is not one SELECT statement", remedy="SELECT ... FROM events ...")
    rows = connection.rows(f"EXPLAIN AST SELECT * FROM (\n{text}\n)")
    nodes = [_node(row[0]) for row in rows]
    if len(nodes) > _MAX_NODES:
        raise UsageError("the statement has too many parts", remedy="split it")
    hidden = {
        row[0] for row in connection.rows(f"SELECT name FROM system.tables WHERE database = {quoted(DATABASE)}")
    } - {"events", "quarantine"}
    for place, node in enumerate(nodes):
        _check(nodes, place, node, functions, hidden)
    if any(node.kind == "TableIdentifier" and _bare(node.name) == "quarantine" for node in nodes):
        actor.require(Permission.READ_QUARANTINE)
    return text


def _node(line: str) -> _Node:
    bare = line.lstrip(" ")
    kind, _, rest = bare.partition(" ")
    return _Node(len(line) - len(bare), kind, rest)


def _check(nodes: list[_Node], place: int, node: _Node, functions: Functions, hidden: set[str]) -> None:
    if node.kind not in _KINDS:
        what = "SETTINGS" if node.kind == "Set" else node.kind
        raise UsageError(f"{what} is not allowed here", remedy="a plain SELECT; columns by name instead of matchers")
    if node.kind == "TableIdentifier":
        table = _bare(node.name)
        if "." in table or table in hidden:
            raise UsageError(
                f"table {table} is not for queries", remedy="write events or quarantine, without a database"
            )
    if node.kind != "Function":
        return
    name = _bare(node.name)
    if nodes[place - 1].kind == "TableExpression":
        raise UsageError(f"the table function {name} is not allowed", remedy="select from events or quarantine")
    if name not in _GROUPINGS and not functions.allow(name):
        raise UsageError(
            f"the function {name} is not allowed", remedy="string, date, array, map and aggregate functions are"
        )
    if name.lower().removesuffix("ignoreset") in _MEMBERSHIP and not _plain_members(list(_arguments(nodes, place))):
        remedy = "list the values, write IN (SELECT ...), or has(array, value)"
        raise UsageError("IN with a bare name is not allowed: it may be a table", remedy=remedy)


def _plain_members(arguments: list[_Node]) -> bool:
    """Whether the right side of IN cannot be a table or a table function."""
    if len(arguments) != 2:
        return False
    right = arguments[1]
    return right.kind in ("Literal", "Subquery") or (
        right.kind == "Function" and _bare(right.name) in ("tuple", "array")
    )


_MEMBERSHIP = frozenset(f"{scope}{word}" for scope in ("", "global") for word in ("in", "notin", "nullin", "notnullin"))


def _bare(name: str) -> str:
    """The name without what EXPLAIN AST adds to it."""
    for mark in (" (alias ", " (children "):
        name = name.split(mark, 1)[0]
    return name


def _arguments(nodes: list[_Node], place: int) -> Iterator[_Node]:
    depth = nodes[place].depth + 2
    for node in nodes[place + 1 :]:
        if node.depth < depth - 1:
            return
        if node.depth == depth:
            yield node


def _told(error: StoreError) -> str:
    message = error.message.split("DB::Exception:", 1)[-1].strip()
    return message[:400]

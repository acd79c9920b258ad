"""Tests on one text in SQL, each meaning what `ringfence.sigma.reference` says."""

from __future__ import annotations

from collections.abc import Callable
from ipaddress import ip_network

from ringfence.detect.sql.fields import FieldSql, Scope, folded
from ringfence.sigma.reference import element_holds, keyword_holds
from ringfence.sigma.tree import (
    Cidr,
    Compare,
    Comparison,
    Exists,
    FieldRef,
    Glob,
    Moment,
    Null,
    Pattern,
    Place,
    Regex,
    Text,
    TimePart,
    Wildcard,
)
from ringfence.sigma.values import View, fold

_NUMBER = r"'\\A[ \\t-\\r]*[+-]?([0-9]{1,40}(\\.[0-9]{0,40})?|\\.[0-9]{1,40})([eE][+-]?[0-9]{1,3})?[ \\t-\\r]*\\z'"
_WHOLE = r"'\\A[ \\t-\\r]*[+-]?[0-9]+[ \\t-\\r]*\\z'"
_OCTET = "(25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])"
_IPV4 = rf"'(\\A|:){_OCTET}(\\.{_OCTET}){{3}}\\z'"
_HEX = r"'\\A[0-9a-fA-F:]+\\z'"
_ZONE = r"(Z|[+-]([01][0-9]|2[0-3])(:?[0-5][0-9])?)?"
_CLOCK = rf"([^0-9]([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9]([.,][0-9]+)?)?{_ZONE})?"
_ISO = rf"'\\A[0-9]{{4}}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01]){_CLOCK}\\z'"
_SIGNS = {
    Comparison.LT: "<",
    Comparison.LTE: "<=",
    Comparison.GT: ">",
    Comparison.GTE: ">=",
    Comparison.EQ: "=",
}
_PARTS = {
    TimePart.MINUTE: "toMinute",
    TimePart.HOUR: "toHour",
    TimePart.DAY: "toDayOfMonth",
    TimePart.WEEK: "toISOWeek",
    TimePart.MONTH: "toMonth",
    TimePart.YEAR: "toYear",
}
_NOTHING = View({}, {})


def wants_folded(pattern: Pattern) -> bool:
    """Tell whether the test looks at the folded text instead of the text itself."""
    return isinstance(pattern, Text | Glob) and not pattern.cased


def may_hold_empty(pattern: Pattern) -> bool:
    """Tell whether the test holds for an empty text, which is also what a missing field reads as."""
    return isinstance(pattern, FieldRef) or element_holds("", pattern, _NOTHING)


def keyword_may_hold_empty(pattern: Pattern) -> bool:
    """Tell whether the keyword is found in an empty text."""
    return keyword_holds("", pattern)


def test(scope: Scope, pattern: Pattern, text: str) -> str:
    """Return the condition on a text: an SQL expression, folded already where `wants_folded`."""
    match pattern:
        case Text(wanted, place, cased):
            return placed(text, scope.bind(wanted if cased else fold(wanted)), place)
        case Glob():
            return f"{text} LIKE {scope.bind(_like(pattern))}"
        case Regex(expression, flags):
            return f"match({text}, {scope.bind(_expression(expression, flags))})"
        case Cidr(network):
            return _inside(scope, network, text)
        case Null():
            return f"{text} = ''"
        case Compare(comparison, number):
            return _compare(text, f"{_SIGNS[comparison]} {scope.bind(float(number), 'Float64')}")
        case Moment(part, comparison, number):
            bound = scope.bind(float(number), "Float64")
            return f"ifNull({_PARTS[part]}({_moment(text)}) {_SIGNS[comparison]} {bound}, 0)"
        case Exists(wanted):
            return "1" if wanted else "0"
        case FieldRef(name, place, cased):
            return _reference(scope.field(name), text, place, cased)


def keyword(scope: Scope, pattern: Pattern, text: str) -> str:
    """Return the condition that a text, folded already where `wants_folded`, holds the keyword."""
    match pattern:
        case Text(wanted, _, cased):
            return test(scope, Text(wanted, Place.CONTAINS, cased), text)
        case Glob() | Regex():
            return test(scope, pattern, text)
        case _:
            return "0"


def placed(text: str, wanted: str, place: Place) -> str:
    """Return the condition that `wanted` stands in the text at this place, letter by letter."""
    match place:
        case Place.EQUALS:
            return f"{text} = {wanted}"
        case Place.CONTAINS:
            return f"position({text}, {wanted}) > 0"
        case Place.STARTSWITH:
            return f"startsWith({text}, {wanted})"
        case Place.ENDSWITH:
            return f"endsWith({text}, {wanted})"


def _reference(other: FieldSql, text: str, place: Place, cased: bool) -> str:
    shaped: Callable[[str], str] = str if cased else folded
    items = other.items if cased else other.folded_items
    return f"({other.present} AND arrayExists(y -> {placed(shaped(text), 'y', place)}, {items}))"


def _like(pattern: Glob) -> str:
    parts = pattern.texts if pattern.cased else tuple(map(fold, pattern.texts))
    made = [_like_text(parts[0])]
    for wildcard, part in zip(pattern.wildcards, parts[1:], strict=True):
        made += ["%" if wildcard is Wildcard.ANY else "_", _like_text(part)]
    return "".join(made)


def _like_text(text: str) -> str:
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def _expression(expression: str, flags: str) -> str:
    """The expression with the dialect's flags set as the kernel has them: here `.` would match line ends too."""
    on, off = ("is" if "i" in flags else "s", "") if "s" in flags else ("i" if "i" in flags else "", "-s")
    multi = "m" if "m" in flags else ""
    return f"(?{on}{multi}{off}){expression}".replace("\0", "\\x00")


def _compare(text: str, rest: str) -> str:
    plain = f"replaceRegexpAll({text}, '[ \\t-\\r]', '')"
    # Whole numbers are compared as such: a double cannot tell 2**53 from 2**53 + 1.
    number = f"if(match({text}, {_WHOLE}), toInt256OrZero({plain}) {rest}, toFloat64OrZero({plain}) {rest})"
    return f"(match({text}, {_NUMBER}) AND {number})"


def _inside(scope: Scope, network: str, text: str) -> str:
    net = ip_network(network)
    mapped = "::ffff:" if net.version == 4 else ""
    low = scope.bind(f"{mapped}{net.network_address}")
    high = scope.bind(f"{mapped}{net.broadcast_address}")
    plain = f"splitByChar('%', trimBoth({text}, ' \\t\\n\\x0b\\f\\r'))[1]"
    address = f"toIPv6OrNull({plain})"
    # The store reads 192.0.2.08 as an address, which the standard library and we do not.
    strict = f"if(position({plain}, '.') > 0, match({plain}, {_IPV4}), match({plain}, {_HEX}))"
    family = (
        ""
        if mapped
        else f" AND NOT ({address} >= toIPv6('::ffff:0.0.0.0') AND {address} <= toIPv6('::ffff:255.255.255.255'))"
    )
    between = f"{address} >= toIPv6({low}) AND {address} <= toIPv6({high}){family}"
    return f"(lengthUTF8({text}) <= 64 AND {strict} AND ifNull({between}, 0))"


def _moment(text: str) -> str:
    plain = f"replaceOne(trimBoth({text}, ' \\t\\n\\x0b\\f\\r'), ' UTC', 'Z')"
    number = f"toFloat64OrNull(replaceRegexpAll({text}, '[ \\t-\\r]', ''))"
    scaled = f"floor({number} / multiIf(abs({number}) < 1e11, 1, abs({number}) < 1e14, 1e3, 1e6))"
    epoch = f"fromUnixTimestamp64Second(toInt64(if(abs(ifNull({scaled}, 0)) < 1e10, {scaled}, NULL)), 'UTC')"
    # Date and time apart by a blank, minutes made seconds, a bare date made midnight: what the function below reads.
    dated = f"concat(substring({plain}, 1, 10), ' ', if(length({plain}) = 10, '00:00:00', substring({plain}, 12)))"
    whole = f"replaceRegexpOne({dated}, '([.,][0-9]+)', '')"
    full = f"replaceRegexpOne({whole}, '( [0-9]{{2}}:[0-9]{{2}})(\\\\z|Z|[+-])', '\\\\1:00\\\\2')"
    fits = f"match({plain}, {_ISO}) AND lengthUTF8({text}) BETWEEN 8 AND 40"
    iso = f"if({fits}, parseDateTime64BestEffortOrNull({full}, 0, 'UTC'), NULL)"
    return f"if(match({text}, {_NUMBER}), {epoch}, {iso})"

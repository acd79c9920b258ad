"""One YAML file of rules to plain documents: parsed, merged, translated, with a place for every problem.

What is returned holds no path and no source text, so that it can be kept in a cache by content.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator
from typing import Any

import yaml
from sigma.collection import deep_dict_update
from sigma.correlations import SigmaCorrelationRule
from sigma.exceptions import SigmaError
from sigma.modifiers import modifier_mapping
from sigma.policy import SigmaPolicy
from sigma.policy.regex_engine import RegexEngine
from sigma.rule import SigmaRule
from sigma.rule.base import check_alias_expansion
from sigma.rule.detection import SigmaDetectionItem

from ringfence.sigma.content import Content, Document, Problem
from ringfence.sigma.correlation import CorrelationError, read_correlation
from ringfence.sigma.expression import ExpressionError, compiled
from ringfence.sigma.translate import ConditionError, Placeholders, TranslateError, item_node, translate

MAX_DEPTH = 60
"""Deepest nesting of a document."""


class _Engine(RegexEngine):
    """Has pySigma check expressions as they will be run, and refuse them in our words."""

    def compile(self, pattern: str, flags: int = 0) -> Any:
        letters = "".join(letter for letter, flag in _FLAGS if flags & flag)
        return compiled(pattern, letters)

    @property
    def error(self) -> type[Exception]:
        return ExpressionError


_FLAGS = (("i", re.IGNORECASE), ("m", re.MULTILINE), ("s", re.DOTALL))
_POLICY = SigmaPolicy(regex_engine=_Engine())


class _Loader(yaml.CSafeLoader):
    """Safe loader that refuses a key given twice, which plain YAML loaders let pass."""

    def construct_mapping(self, node: Any, deep: bool = False) -> dict[Any, Any]:
        seen: set[Any] = set()
        for key_node, _ in node.value:
            key = self.construct_object(key_node, deep=True)
            if not isinstance(key, (str, int, float, bool, type(None))):
                raise yaml.MarkedYAMLError(problem="a key must be a plain value", problem_mark=key_node.start_mark)
            if key in seen:
                raise yaml.MarkedYAMLError(problem=f"key '{key}' is given twice", problem_mark=key_node.start_mark)
            seen.add(key)
        return super().construct_mapping(node, deep)


def read(text: str, placeholders: Placeholders) -> Content:
    """Read the text of one file."""
    content = Content([], [])
    shared: dict[str, Any] = {}
    previous: dict[str, Any] = {}
    for node, data in _parse(text, content.problems):
        if data is None:
            continue
        if not isinstance(data, dict) or not all(isinstance(key, str) for key in data):
            content.problems.append(_at(node, "a rule must be a mapping of names to values"))
            continue
        action = data.pop("action", None)
        if action == "global":
            shared = previous = data
        elif action == "reset":
            shared = {}
        elif action in (None, "repeat"):
            previous = deep_dict_update(previous, data) if action else deep_dict_update(data, shared)
            _one(previous, node, text, placeholders, content)
        else:
            content.problems.append(_at(_under(node, "action"), f"unknown action '{action}'"))
    return content


def _parse(text: str, problems: list[Problem]) -> Iterator[tuple[yaml.Node, Any]]:
    loader = _Loader(text)
    try:
        while loader.check_node():
            node: Any = loader.get_node()
            _check_depth(node)
            yield node, loader.construct_document(node)
    except RecursionError:
        problems.append(Problem("the document is nested too deeply", 1, 1))
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
        problems.append(Problem(f"not valid YAML: {error.problem or error.context}", line, column))
    except (yaml.YAMLError, ValueError) as error:  # bad characters; a date that is none
        problems.append(Problem(f"not valid YAML: {error}", 1, 1))
    finally:
        loader.dispose()


def _check_depth(root: yaml.Node) -> None:
    level: list[Any] = [root]
    seen: set[int] = set()
    for _ in range(MAX_DEPTH):
        level = [child for node in level if id(node) not in seen for child in _children(node, seen)]
        if not level:
            return
    raise yaml.MarkedYAMLError(problem=f"nested deeper than {MAX_DEPTH}", problem_mark=level[0].start_mark)


def _children(node: Any, seen: set[int]) -> list[Any]:
    seen.add(id(node))
    if isinstance(node, yaml.MappingNode):
        return [value for _, value in node.value]
    return list(node.value) if isinstance(node, yaml.SequenceNode) else []


def _one(data: dict[str, Any], node: Any, text: str, placeholders: Placeholders, content: Content) -> None:
    try:
        check_alias_expansion(data, SigmaError)
        if "correlation" in data:
            document = _correlation(data, node)
        elif "filter" in data:
            content.problems.append(
                _at(_under(node, "filter"), "Sigma filters are not applied yet", "put the exclusion into the rule")
            )
            return
        else:
            document = _rule(data, node, placeholders, content)
    except CorrelationError as error:
        at = _under(node, "correlation", *error.at)
        content.problems.append(_at(at, str(error), error.remedy))
    except (SigmaError, TranslateError) as error:
        content.problems.append(_place(error, data, node, placeholders))
    except Exception as error:  # one broken rule must not stop the load of thousands
        content.problems.append(_at(node, f"cannot be understood: {type(error).__name__}: {error}"))
    else:
        if document is not None:
            document.start, document.end = node.start_mark.index, node.end_mark.index
            content.documents.append(document)


def _rule(data: dict[str, Any], node: Any, placeholders: Placeholders, content: Content) -> Document | None:
    detection = data.get("detection")
    given = dict(data, detection=_spelled(detection)) if isinstance(detection, dict) else data
    rule = SigmaRule.from_dict(given, collect_errors=True, policy=_POLICY)
    if rule.errors:
        content.problems.extend(_place(error, given, node, placeholders) for error in rule.errors)
        return None
    condition = translate(rule.detection, placeholders)
    meta = _meta(data)
    meta["logsource"] = [rule.logsource.product, rule.logsource.category, rule.logsource.service]
    return Document(0, 0, node.start_mark.line + 1, "rule", meta, condition)


def _correlation(data: dict[str, Any], node: Any) -> Document:
    definition = data["correlation"]
    if not isinstance(definition, dict):
        raise CorrelationError("Sigma correlation rule 'correlation' field must be a mapping")
    if "generate" in data:  # the schema has it here, the prose and pySigma inside
        definition = {"generate": data["generate"], **definition}
    read_correlation(definition)
    # pySigma checks what is around the correlation; it knows no ranges and is not asked about them.
    SigmaCorrelationRule.from_dict({**data, "correlation": _SOUND})
    meta = {**_meta(data), "correlation": definition, "places": dict(_places(_under(node, "correlation"), ""))}
    return Document(0, 0, node.start_mark.line + 1, "correlation", meta)


_SOUND = {"type": "event_count", "rules": ["any"], "timespan": "1s", "condition": {"gte": 1}}


def _places(node: Any, path: str) -> Iterator[tuple[str, list[int]]]:
    """Line and column of everything below a node, by its path with slashes."""
    if path:
        yield path, [node.start_mark.line + 1, node.start_mark.column + 1]
    if isinstance(node, yaml.MappingNode):
        pairs = [(str(key.value), value) for key, value in node.value]
    else:
        pairs = [(str(number), item) for number, item in enumerate(_children(node, set()))]
    for name, value in pairs:
        yield from _places(value, f"{path}/{name}" if path else name)


def _meta(data: dict[str, Any]) -> dict[str, Any]:
    texts = ("id", "title", "level", "status", "description", "author", "date", "modified", "name")
    lists = ("tags", "references", "falsepositives", "fields")
    meta: dict[str, Any] = {key: str(data[key]).strip() for key in texts if data.get(key) is not None}
    for key in lists:
        values = data.get(key) or []
        meta[key] = [str(value) for value in values if value is not None] if isinstance(values, list) else [str(values)]
    return meta


def _spelled(detection: Any) -> Any:
    """Write the specification's modifier `utf16le` as `wide`, the only name that pySigma knows it by."""
    if isinstance(detection, dict):
        return {_wide(key): _spelled(value) for key, value in detection.items()}
    return [_spelled(item) for item in detection] if isinstance(detection, list) else detection


def _wide(key: Any) -> Any:
    if not isinstance(key, str) or "|utf16le" not in key:
        return key
    field, *modifiers = key.split("|")
    return "|".join([field, *("wide" if name == "utf16le" else name for name in modifiers)])


def _at(node: Any, message: str, remedy: str = "") -> Problem:
    return Problem(message, node.start_mark.line + 1, node.start_mark.column + 1, remedy)


def _under(node: Any, *names: str) -> Any:
    """Node of a key below others, or the deepest one on the way that exists."""
    for name in names:
        if not isinstance(node, yaml.MappingNode):
            return node
        found = [value for key, value in node.value if key.value == name]
        if not found:
            return node
        node = found[0]
    return node


_PLACES = (
    ("condition", ("detection", "condition")),
    ("selector", ("detection", "condition")),
    ("log source", ("logsource",)),
    ("logsource", ("logsource",)),
    ("identifier", ("id",)),
    ("title", ("title",)),
    ("level", ("level",)),
    ("status", ("status",)),
    ("'date", ("date",)),
    ("date", ("date",)),
    ("modified", ("modified",)),
    ("tag", ("tags",)),
    ("author", ("author",)),
    ("description", ("description",)),
    ("references", ("references",)),
    ("fields", ("fields",)),
    ("false", ("falsepositives",)),
    ("related", ("related",)),
    ("correlation", ("correlation",)),
)


def _place(error: Exception, data: dict[str, Any], node: Any, placeholders: Placeholders) -> Problem:
    message = str(error.args[0] if error.args else error).strip() or type(error).__name__
    if isinstance(error, ConditionError):
        problem = _at(_under(node, "detection", "condition"), message)
        problem.column += error.offset
        return problem
    item = _bad_item(_under(node, "detection"), data.get("detection"), placeholders)
    if item is not None:
        return item
    low = message.lower()
    for word, names in _PLACES:
        if word in low:
            return _at(_under(node, *names), message)
    return _at(_under(node, "detection"), message)


def _bad_item(node: Any, detection: Any, placeholders: Placeholders) -> Problem | None:
    """Find the first field of a detection that cannot be understood by trying each alone."""
    if isinstance(detection, list) and isinstance(node, yaml.SequenceNode):
        pairs: list[tuple[Any, Any, Any, Any]] = [
            (None, None, *pair) for pair in zip(node.value, detection, strict=False)
        ]
    elif isinstance(detection, dict) and isinstance(node, yaml.MappingNode):
        pairs = [
            (key_node, key, value_node, value)
            for (key_node, value_node), (key, value) in zip(node.value, detection.items(), strict=False)
        ]
    else:
        return None
    for key_node, key, value_node, value in pairs:
        if key == "condition":
            continue
        found = _bad_item(value_node, value, placeholders)
        if found is None and isinstance(key, str) and "|" in key:
            found = _try(key, value, key_node, placeholders)
        if found is not None:
            return found
    return None


def _try(key: str, value: Any, node: Any, placeholders: Placeholders) -> Problem | None:
    if isinstance(value, dict):
        return None
    unknown = [name for name in key.split("|")[1:] if name not in modifier_mapping and name != "utf16le"]
    if unknown:
        near = difflib.get_close_matches(unknown[0], modifier_mapping, 1)
        problem = _at(node, f"unknown modifier '{unknown[0]}'", f"did you mean {near[0]}?" if near else "")
        problem.column += key.index(f"|{unknown[0]}") + 1
        return problem
    try:
        item = SigmaDetectionItem.from_mapping(_wide(key), value, policy=_POLICY)
        item_node(item, placeholders)
    except (SigmaError, TranslateError) as error:
        return _at(node, f"{key}: {error.args[0] if error.args else error}")
    except Exception as error:
        return _at(node, f"{key}: {type(error).__name__}: {error}")
    return None

"""Query expressions: text to tree and back, independent of any store."""

from ringfence.ecs.query.ast import Node
from ringfence.ecs.query.parse import parse
from ringfence.ecs.query.write import write

__all__ = ["Node", "parse", "write"]

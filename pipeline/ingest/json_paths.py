"""Paths of JSON documents: which occur, and with which shapes, as a tree that many documents share.

A path names the keys from the top, separated by dots, with [] for the items of a list, such as `aircrafts[].damage`.
A leaf is a value that is neither an object nor a list with items.
"""

from collections.abc import Collection, Iterator
from typing import Any

from pipeline.errors import SchemaDrift

# A document without a fixed set of keys would fill the memory; Python limits the depth of calls.
MAX_PATHS, MAX_LEVELS = 20_000, 100


class PathNode:
    """A position in the documents: how often it is an object, a list, a single value or null, and what is below it."""

    __slots__ = ("children", "item", "lists", "nulls", "objects", "root", "size", "values")

    def __init__(self, root: "PathNode | None" = None) -> None:
        self.root = root or self
        self.children: dict[str, PathNode] = {}
        self.item: PathNode | None = None
        self.objects = self.lists = self.values = self.nulls = self.size = 0

    def observe(self, value: Any, level: int = 0) -> None:
        """Count a value and everything below it. Raises SchemaDrift if the documents have too many paths or levels."""
        if level > MAX_LEVELS:
            raise SchemaDrift(
                f"API cases: expected at most {MAX_LEVELS} levels, found more; check that NTSB's API sent the pages"
            )
        if isinstance(value, dict):
            self.objects += 1
            for name, child in value.items():
                node = self.children.get(name)
                if node is None:
                    node = self.children[name] = self._new_node()
                node.observe(child, level + 1)
        elif isinstance(value, list):
            self.lists += 1
            if self.item is None:
                self.item = self._new_node()
            for child in value:
                self.item.observe(child, level + 1)
        elif value is None:
            self.nulls += 1
        else:
            self.values += 1

    def _new_node(self) -> "PathNode":
        self.root.size += 1
        if self.root.size > MAX_PATHS:
            raise SchemaDrift(
                f"API cases: expected at most {MAX_PATHS} paths, found more; check that NTSB's API sent the pages"
            )
        return PathNode(self.root)

    def nodes(self, path: str = "") -> Iterator[tuple[str, "PathNode"]]:
        """Yield (path, node) of everything below this node."""
        for name, child in self.children.items():
            below = f"{path}.{name}" if path else name
            yield below, child
            yield from child.nodes(below)
        if self.item is not None:
            yield f"{path}[]", self.item
            yield from self.item.nodes(f"{path}[]")

    def leaves(self, declared: Collection[str] = ()) -> list[str]:
        """Return the paths of all leaves, without empty lists and nulls in place of what a declared path is in.

        A key may look like a path: each is listed once.
        """
        above = containers(declared)
        leaves = (
            path
            for path, node in self.nodes()
            if not node.children and node.item is None and (node.values or path not in above)
        )
        return list(dict.fromkeys(leaves))

    def absent(self, declared: Collection[str]) -> list[str]:
        """Return the declared paths that no document has, although documents have what contains them."""
        nodes = dict(self.nodes())
        return [
            path
            for path in declared
            if path not in nodes and not path.endswith("[]") and (owner := self._owner(nodes, path)) and owner.objects
        ]

    def _owner(self, nodes: dict[str, "PathNode"], path: str) -> "PathNode | None":
        owner = path.rpartition(".")[0]
        return nodes.get(owner) if owner else self

    def misshapen(self, declared: Collection[str]) -> dict[str, str]:
        """Return {path: its shape} of positions with another shape than the declared paths say.

        Items of a list of values may have any shape: what is below them is new paths.
        """
        above = containers(declared)
        lists = {path for path in above if f"{path}[]" in above or f"{path}[]" in declared}
        shapes = {}
        for path, node in self.nodes():
            if path in declared and path not in above and not path.endswith("[]") and node.objects + node.lists:
                shapes[path] = "an object or a list instead of a single value"
            elif path in above and node.values:
                shapes[path] = "a single value instead of an object or a list"
            elif path in lists and node.objects:
                shapes[path] = "an object instead of a list"
            elif path in above and path not in lists and node.lists:
                shapes[path] = "a list instead of an object"
        return shapes


def containers(paths: Collection[str]) -> set[str]:
    """Return the paths of all objects and lists that these paths are in."""
    return {path[:end] for path in paths for end in range(len(path)) if path[end] == "." or path.startswith("[]", end)}

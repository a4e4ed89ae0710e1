"""Documents that users write in TOML or JSON: read, and compared with the shape that they must have."""

import json
import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from pipeline.errors import InvalidSpecification, printable

# A type, None, [shape of all items], {name: shape}, or a tuple of alternatives. A name may be absent if its shape
# allows None; `str` stands for all other names; `object` allows any value.
Shape = Any

WORDS: dict[type, str] = {
    **{str: "a text", int: "a whole number", bool: "true or false"},
    **{list: "a list", dict: "a table", object: "a value", type(None): "none"},
}
JSON_WORDS = WORDS | {dict: "an object"}
MAX_LENGTH = 2000
# What is copied or compared level by level must not reach Python's limit of recursion.
MAX_LEVELS = 100


def read(path: Path, subject: str, shape: Shape) -> tuple[dict[str, Any], list[str]]:
    """Return (content, messages on unknown names) of a document in JSON, if its suffix is .json, or in TOML.

    `subject`: what the document is, for messages. Raises InvalidSpecification with all parts of another shape.
    """
    try:
        text = path.read_text(encoding="utf-8")
        is_json = path.suffix == ".json"
        content = json.loads(text) if is_json else tomllib.loads(text)
        if _is_deeper(content, MAX_LEVELS):
            raise ValueError(f"more than {MAX_LEVELS} levels")
    # RecursionError: brackets that are nested too deeply.
    except (OSError, ValueError, RecursionError) as error:
        problem = printable(str(error))
        raise InvalidSpecification(f"{path}: expected a readable {subject}, found: {problem}; correct it") from error
    wrong: list[str] = []
    unknown: list[str] = []
    _compare(content, shape, "", wrong, unknown, JSON_WORDS if is_json else WORDS)
    if wrong:
        raise_if_any(path, subject, [*wrong, *unknown])
    return content, unknown


def raise_if_any(path: Path, subject: str, problems: Iterable[str]) -> None:
    """Raise InvalidSpecification if a document has problems, with all of them."""
    if text := "; ".join(problems):
        listed = printable(text, MAX_LENGTH)
        raise InvalidSpecification(f"{path}: expected a consistent {subject}, found: {listed}; correct it")


def _is_deeper(value: Any, levels: int) -> bool:
    """Return True if a value has more levels of lists and tables than `levels`."""
    items = value.values() if isinstance(value, dict) else value if isinstance(value, list) else None
    return items is not None and (not levels or any(_is_deeper(item, levels - 1) for item in items))


def _compare(
    value: Any, shape: Shape, name: str, wrong: list[str], unknown: list[str], words: Mapping[type, str]
) -> None:
    """Add a message for each part of a value that has another type, or a name that is not in its shape."""
    alternatives = shape if isinstance(shape, tuple) else (shape,)
    fitting = [alternative for alternative in alternatives if _fits(value, _type(alternative))]
    if not fitting:
        expected = " or ".join(words[_type(alternative)] for alternative in alternatives if alternative is not None)
        wrong.append(f"{name or 'document'}: expected {expected}, found {_describe(value)}")
    elif isinstance(fitting[0], list):
        for number, item in enumerate(value, 1):
            _compare(item, fitting[0][0], f"{name} {number}", wrong, unknown, words)
    elif isinstance(fitting[0], dict):
        known, prefix = fitting[0], f"{name}." if name else ""
        for key in dict.fromkeys([*(key for key in known if key is not str), *value]):
            if key in known or str in known:
                _compare(value.get(key), known.get(key, known.get(str)), f"{prefix}{key}", wrong, unknown, words)
        if str not in known and (others := sorted(set(value) - set(known))):
            unknown.append(f"{name}: unknown keys {', '.join(others)}".removeprefix(": "))


def _type(shape: Shape) -> type:
    return shape if isinstance(shape, type) else type(shape)


def _fits(value: Any, kind: type) -> bool:
    """Return True for a value of the type; true and false are not numbers."""
    return isinstance(value, kind) and (kind in (bool, object) or not isinstance(value, bool))


def _describe(value: Any) -> str:
    return "none" if value is None else printable(repr(value), 80)

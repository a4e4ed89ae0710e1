"""Values as attribute values of DynamoDB, exactly; a missing value is an absent attribute.

Text, dates and times are strings (ISO 8601, so that they sort), numbers have up to 38 digits. DynamoDB keeps neither
the zeros at the end of a decimal number nor the sign of zero: the value that is read is equal, but is written shorter.
"""

import json
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import numpy as np

Attribute = dict[str, Any]
Item = dict[str, Attribute]

# Limits of DynamoDB.
MAX_DIGITS = 38
MIN_EXPONENT, MAX_EXPONENT = -130, 125
MAX_ITEM_BYTES = 400 * 1024

NUMBERS = ("integer", "real", "double", "decimal")
KINDS = {"text", *NUMBERS, "boolean", "date", "time", "timestamp"}


def attribute_type(kind: str) -> str:
    """Return S, N or BOOL."""
    return "N" if kind in NUMBERS else "BOOL" if kind == "boolean" else "S"


def encode(kind: str, value: Any) -> Attribute:
    """Return the attribute value. Raises ValueError for NaN, infinity, large numbers and unpaired surrogates."""
    if kind in NUMBERS:
        return {"N": number_text(_decimal(kind, value))}
    if kind == "boolean":
        return {"BOOL": bool(value)}
    text = str(value) if kind == "text" else value.isoformat()
    # Raises UnicodeEncodeError, a ValueError.
    text.encode()
    return {"S": text}


def _decimal(kind: str, value: Any) -> Decimal:
    """Return the shortest decimal number that is read as the same value."""
    return Decimal(str(np.float32(value)) if kind == "real" else repr(value) if kind == "double" else str(value))


def number_text(number: Decimal) -> str:
    """Return the one text of a number: no exponent if it has up to 38 digits, no zeros at the end.

    Raises ValueError for NaN, infinity and what DynamoDB cannot store exactly.
    """
    if not number.is_finite():
        raise ValueError(f"{number} is not a number of DynamoDB")
    if not number:
        return "0"
    sign, digits, exponent = number.as_tuple()
    text = "".join(map(str, digits)).lstrip("0")
    stripped = text.rstrip("0")
    exponent = int(exponent) + len(text) - len(stripped)
    magnitude = len(stripped) + exponent - 1
    if len(stripped) > MAX_DIGITS or not MIN_EXPONENT <= magnitude <= MAX_EXPONENT:
        raise ValueError(f"{number:.6E} has more than {MAX_DIGITS} digits, or is beyond 1E{MAX_EXPONENT}")
    # Not normalize(), which rounds to the precision of the context.
    shortest = Decimal((sign, tuple(map(int, stripped)), exponent))
    return f"{shortest:f}" if -MAX_DIGITS <= magnitude < MAX_DIGITS else f"{shortest:E}"


def canonical(attribute: Attribute) -> Attribute:
    """Return an attribute value as `encode` writes it: DynamoDB may write a number in another way."""
    return {"N": number_text(Decimal(attribute["N"]))} if "N" in attribute else attribute


def canonical_text(item: Mapping[str, Attribute]) -> bytes:
    """Return the bytes that are equal for equal items, and only for those."""
    values = {name: canonical(attribute) for name, attribute in item.items()}
    return json.dumps(values, sort_keys=True, ensure_ascii=True, separators=(",", ":")).encode()


def item_bytes(item: Mapping[str, Attribute]) -> int:
    """Return the size that counts for the limit and the price; for numbers an upper bound."""
    return sum(len(name.encode()) + attribute_bytes(attribute) for name, attribute in item.items())


def attribute_bytes(attribute: Attribute) -> int:
    """Return the size of a value."""
    if "S" in attribute:
        return len(attribute["S"].encode())
    if "M" in attribute:
        return item_bytes(attribute["M"]) + len(attribute["M"]) + 3
    return 1 if "BOOL" in attribute else len(attribute["N"]) // 2 + 3

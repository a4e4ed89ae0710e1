"""Units of columns, as their descriptions state them."""

import re

# Text after "in" in a description, longest first, so that "feet above ground" is not read as "feet".
UNITS = (
    *("feet above mean sea level", "feet above ground", "feet", "statute miles", "nautical miles", "kilometers", "km"),
    *("inches of mercury", "inches", "knots", "miles per hour", "degrees Fahrenheit", "degrees Celsius"),
    *("degrees magnetic", "degrees true", "decimal degrees", "degrees", "pounds", "gallons", "horsepower"),
    *(
        "hours",
        "minutes",
        "seconds",
        "days",
        "months",
        "years",
        "percent",
        "square kilometers",
        "flight hours",
        "bytes",
    ),
)
STATED = re.compile(rf"\bin ({'|'.join(sorted(map(re.escape, UNITS), key=len, reverse=True))})\b", re.IGNORECASE)
# Beginnings of descriptions that imply a unit.
IMPLIED = (
    (re.compile(r"(Number|Count) of (?!NTSB|the |a |an )", re.IGNORECASE), "count"),
    (re.compile(r"(Share|Proportion|Probability) of ", re.IGNORECASE), "share, 0 to 1"),
    (re.compile(r"(Lower|Upper) limit of the 95 %", re.IGNORECASE), "share, 0 to 1"),
    (re.compile(r"Codes? (of|for|in)\b", re.IGNORECASE), "code"),
    (re.compile(r"(True|Y) (if|where)\b", re.IGNORECASE), "yes or no"),
)
TYPES = {
    "boolean": "yes or no",
    "date": "date",
    "timestamp without time zone": "date and time",
    "timestamp with time zone": "date and time",
    "time without time zone": "time of day",
}
NUMERIC = ("smallint", "integer", "bigint", "real", "double precision", "numeric")
# NTSB's own text follows the description.
NTSB_TEXT = "NTSB's dictionary:"


def unit_of(meaning: str | None, column_type: str) -> str:
    """Return the unit of a column: that of its description, otherwise that of its type; empty for text without one."""
    text = (meaning or "").partition(NTSB_TEXT)[0].strip()
    is_number = column_type.startswith(NUMERIC)
    if is_number and (stated := STATED.search(text)):
        return stated[1].lower() if stated[1].lower() not in ("degrees fahrenheit", "degrees celsius") else stated[1]
    implied = next((unit for pattern, unit in IMPLIED if pattern.match(text)), "")
    if implied and (is_number or implied in ("code", "yes or no")):
        return implied
    return next((unit for name, unit in TYPES.items() if column_type.startswith(name)), "")

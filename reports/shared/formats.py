"""Numbers as text, independent of the locale."""

from decimal import Decimal
from typing import Any

from scipy.stats import binomtest, chi2  # type: ignore[import-untyped]  # SciPy has no types.

UNKNOWN = "unknown"
TOO_FEW = "too few"


def count(value: Any) -> str:
    """Return 12345 as '12,345', and None as 'unknown': a missing number is never shown as zero."""
    return UNKNOWN if value is None else f"{int(value):,}"


def noun(value: Any, singular: str, plural: str = "") -> str:
    """Return the word that follows a number or its text, such as 'accident' for 1; the plural is in -s by default."""
    return singular if value in (1, "1") else plural or f"{singular}s"


def counted(value: Any, singular: str, plural: str = "") -> str:
    """Return '1 accident', '12,345 accidents', or, for None, 'an unknown number of accidents'."""
    number = "an unknown number of" if value is None else count(value)
    return f"{number} {noun(value, singular, plural)}"


def years(first: int | None, last: int | None) -> str:
    """Return '1982-2007', '1982' if that is the only year, and '' without one."""
    return "" if first is None else str(first) if first == last else f"{first}-{last}"


def share(part: Any, whole: Any, min_count: int) -> str:
    """Return part of whole as '12.3 %', 'too few' if whole is less than `min_count`, 'unknown' if either is None."""
    if part is None or whole is None:
        return UNKNOWN
    if whole < max(min_count, 1):
        return TOO_FEW
    return f"{100 * part / whole:.1f} %"


def share_with_interval(part: Any, whole: Any, min_count: int) -> str:
    """Return `share` with its 95 % score interval (Wilson 1927), in percent: '25.3 % [23.4, 27.4]'."""
    text = share(part, whole, min_count)
    if text in (UNKNOWN, TOO_FEW):
        return text
    _, low, high = interval_in_percent(part, whole)
    return f"{text} [{low:.1f},\u00a0{high:.1f}]"


def count_limits(value: Any) -> str:
    """Return the exact 95 % Poisson limits of a count (Garwood 1936), such as '[4.8, 18.4]'; None as 'unknown'."""
    if value is None:
        return UNKNOWN
    low = chi2.ppf(0.025, 2 * value) / 2 if value else 0.0
    return f"[{low:,.1f},\u00a0{chi2.ppf(0.975, 2 * value + 2) / 2:,.1f}]"


def interval_in_percent(part: Any, whole: Any) -> tuple[float, float, float]:
    """Return part of whole and the limits of its 95 % score interval, in percent."""
    interval = binomtest(int(part), int(whole)).proportion_ci(method="wilson")
    return 100 * part / whole, 100 * float(interval.low), 100 * float(interval.high)


def percent(part: Any, whole: Any, min_count: int) -> float | None:
    """Return the number behind `share`, for charts; None if `share` gives no percentage."""
    if part is None or whole is None or whole < max(min_count, 1):
        return None
    return round(100 * float(part) / float(whole), 1)


def decimal(value: Any, digits: int = 3) -> str:
    """Return 0.12345 as '0.123', None and NaN as 'unknown'; a rounded -0 is printed as 0."""
    if value is None or value != value:
        return UNKNOWN
    text = f"{float(value):.{digits}f}"
    return text.removeprefix("-") if float(text) == 0 else text


def size(value: Any) -> str:
    """Return bytes with a unit, such as 1536 as '1.5 kB' (1 kB = 1024 bytes), and None as 'unknown'."""
    if value is None:
        return UNKNOWN
    amount = float(value)
    for unit in ("B", "kB", "MB"):
        if amount < 1024:
            return f"{amount:.0f} B" if unit == "B" else f"{amount:.1f} {unit}"
        amount /= 1024
    return f"{amount:.1f} GB"


def plain(value: Any) -> str:
    """Return the text of a table cell: integers with thousands separators, booleans as yes or no, None as ''."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Decimal) and value == value.to_integral_value():
        return f"{int(value):,}"
    return f"{value:,}" if isinstance(value, int) else str(value)

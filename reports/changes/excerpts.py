"""Excerpts of two values that differ, such that they show where."""

# Characters of an excerpt, and how many of them precede the first difference.
LENGTH, CONTEXT = 80, 20
Pair = tuple[str | None, str | None]


def excerpts(before: str | None, now: str | None) -> Pair:
    """Return both values; of a long one, the part around the first difference, marked as cut and with its length."""
    pairs = list(zip(before or "", now or "", strict=False))
    first_difference = next((index for index, (old, new) in enumerate(pairs) if old != new), len(pairs))
    start = max(first_difference - CONTEXT, 0)
    return _excerpt(before, start), _excerpt(now, start)


def _excerpt(value: str | None, start: int) -> str | None:
    if value is None or len(value) <= LENGTH:
        return value
    before, after = "…" * (start > 0), "…" * (start + LENGTH < len(value))
    return f"{before}{value[start : start + LENGTH]}{after} ({len(value):,} characters)"

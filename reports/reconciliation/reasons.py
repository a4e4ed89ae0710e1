"""Reasons for the difference between a published count and that of this release, by rules."""

from collections.abc import Mapping

from reports.shared import formats
from reports.shared.data import Record

# A year is complete if the release has this share of the events that NTSB's files had, which change every month.
COMPLETE_SHARE = 0.97
EQUAL = "Equal."
PARTIAL = "This release has only a part of the database."
SAME_FILES = {
    "era": "The database grows every month; the published count is of the files of {as_of}.",
    "year": "NTSB adds and withdraws events, and revises injuries; the published count is of the files of {as_of}.",
    "state": "NTSB adds events and revises states; the published count is of the files of {as_of}.",
    "make": "The published count is of an export of {as_of}, by local date; NTSB has revised makes since.",
}
NOT_CODED = "Not counted: the part of the regulations is coded since 1982."
REVISED = "NTSB has revised its files since"


def difference(row: Record, shares: Mapping[str, float]) -> int | None:
    """Return ours minus published; None where it means nothing, because one is missing or the year is incomplete.

    `shares`: {year: share of NTSB's events of the year that this release has}.
    """
    is_partial = row["definition"] and shares.get(row["item"], 1.0) < COMPLETE_SHARE
    return None if row["ours"] is None or is_partial else row["ours"] - row["published"]


def reason(row: Record, shares: Mapping[str, float]) -> str:
    """Return why ours differs from the published count, or why they cannot be compared; never empty."""
    if not row["definition"]:
        if row["series"] == "era" and (row["ours"] or 0) < COMPLETE_SHARE * row["published"]:
            return PARTIAL
        same = row["ours"] == row["published"]
        return EQUAL if same else SAME_FILES[row["series"]].format(as_of=row["as_of"])
    if row["ours"] is None:
        return NOT_CODED if int(row["item"]) < 1982 else "This release has no events of the year."
    if (share := shares.get(row["item"], 1.0)) < COMPLETE_SHARE:
        return f"Not compared: this release has {formats.share(share, 1, 0)} of NTSB's events of the year."
    if row["ours"] == row["published"]:
        return EQUAL
    return " ".join(part for part in (_candidates(row), _revision(row)) if part)


def _candidates(row: Record) -> str:
    """Return the accidents that may be missing or too many; empty if none could explain the sign of the difference."""
    is_less = row["ours"] < row["published"]
    candidates = (
        (row["unknown_operation"] if is_less else 0, "of unknown operation may belong here"),
        (0 if is_less else row["unknown_registration"], "have no registration and may be foreign"),
        (row["year_end"], "on December 31 or January 1 may be of another year by local time"),
    )
    parts = [f"{formats.count(number)} {text}" for number, text in candidates if number]
    return f"Accidents: {'; '.join(parts)}." if parts else ""


def _revision(row: Record) -> str:
    note = f" The published count: {row['note']}." if row["note"] else ""
    return f"{REVISED} {row['as_of']}.{note}"

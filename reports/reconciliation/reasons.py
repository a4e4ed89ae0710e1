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
# Accidents that may be missing from a count, and those counted that may not belong to it.
MISSING = {"unknown_operation": "of unknown operation may belong here"}
SURPLUS = {
    "unknown_registration": "without a registration may be foreign",
    "year_end": "on December 31 or January 1 may be of another year by local time",
}
REVISED = "NTSB has revised its files since"


def difference(row: Record, shares: Mapping[str, float]) -> int | None:
    """Return the release count minus the published one; None if one is missing or the year is incomplete.

    `shares`: {year: share of NTSB's events of the year that this release has}.
    """
    is_partial = row["definition"] and shares.get(row["item"], 1.0) < COMPLETE_SHARE
    return None if row["release_count"] is None or is_partial else row["release_count"] - row["published"]


def reason(row: Record, shares: Mapping[str, float]) -> str:
    """Return why the release count differs from the published one, or why they cannot be compared; never empty."""
    if not row["definition"]:
        if row["series"] == "era" and (row["release_count"] or 0) < COMPLETE_SHARE * row["published"]:
            return PARTIAL
        same = row["release_count"] == row["published"]
        return EQUAL if same else SAME_FILES[row["series"]].format(as_of=row["as_of"])
    if row["release_count"] is None and not row["unknown_deaths"]:
        return NOT_CODED if int(row["item"]) < 1982 else "This release has no events of the year."
    if (share := shares.get(row["item"], 1.0)) < COMPLETE_SHARE:
        return f"Not compared: this release has {formats.share(share, 1, 0)} of NTSB's events of the year."
    parts = [EQUAL] if row["release_count"] == row["published"] else [_candidates(row), _revision(row)]
    return " ".join(part for part in (_unknown_deaths(row), *parts) if part)


def _candidates(row: Record) -> str:
    """Return the accidents that may be missing or too many; empty if none could explain the sign of the difference.

    They are counts of all accidents, so they explain no difference of fatal accidents or deaths.
    """
    if row["measure"] != "accidents":
        return ""
    candidates = MISSING if row["release_count"] < row["published"] else SURPLUS
    parts = [f"{formats.count(row[name])} {text}" for name, text in candidates.items() if row[name]]
    return f"Accidents: {'; '.join(parts)}." if parts else ""


def _unknown_deaths(row: Record) -> str:
    """Return how many accidents have an unknown number of deaths; empty for other measures and if there are none."""
    if row["measure"] != "deaths" or not row["unknown_deaths"]:
        return ""
    return f"Accidents with an unknown number of deaths: {formats.count(row['unknown_deaths'])}."


def _revision(row: Record) -> str:
    note = f" The published count: {row['note']}." if row["note"] else ""
    return f"{REVISED} {row['as_of']}.{note}"

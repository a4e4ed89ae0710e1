"""Checks of what replaces the Access files: the date of their end, and the access to NTSB's API."""

from datetime import UTC, date, datetime, timedelta

from pipeline import config
from pipeline.errors import ApiRefused
from pipeline.ingest.enterprise_api import configured

# NTSB's notice at https://data.ntsb.gov/avdata, as two public projects quote it.
LAST_DAY = date(2027, 4, 5)
NOTICE = timedelta(days=60)
NEXT_STEP = "run `make archive`, get a key for NTSB's API, and set NTSB_SOURCES=api: docs/how-to/use-the-api.md"


def end_of_access_files(today: date) -> tuple[bool, str, str]:
    """Return (whether to warn, finding, next step) about the end of NTSB's Access files."""
    if today < LAST_DAY - NOTICE:
        return False, f"NTSB is to publish Access files until {LAST_DAY}", ""
    if today < LAST_DAY:
        days = (LAST_DAY - today).days
        return True, f"NTSB is to end its Access files in {days} day(s), on {LAST_DAY}", NEXT_STEP
    return True, f"NTSB was to end its Access files on {LAST_DAY}", NEXT_STEP


def api_access() -> tuple[bool, str, str]:
    """Return (whether a run can use NTSB's API, finding, next step)."""
    settings, now = config.Api(), datetime.now(UTC)
    download = configured.download(settings, config.targets_folder())
    months, missing = len(download.wanted(now)), len(download.missing(now))
    archived = f"{months - missing} of {months} months archived"
    try:
        configured.client(settings, "")
    except ApiRefused as error:
        hint = f"a run with the archived months alone: NTSB_SOURCES={download.months.folder}" if not missing else ""
        return False, f"{archived}; {error}", hint
    return True, f"{archived}; NTSB_API_KEY is set", ""

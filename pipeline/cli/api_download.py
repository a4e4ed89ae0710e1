"""Download the months of NTSB's Enterprise API that are missing or may have changed, as a run with it does.

--refresh downloads archived months again: one month (2016-03), a range (2015-01:2016-12), or `all`. An archived month
is never modified: other pages are a new edition, and the former one is kept. The key is read from NTSB_API_KEY only.
"""

import argparse
import re

from pipeline import config, output_folders, run_lock
from pipeline.errors import PipelineError
from pipeline.ingest.enterprise_api import configured, months
from pipeline.ingest.enterprise_api.download import utc_now

SUMMARY = "download months of NTSB's API, also those that are archived"
MONTH = r"[0-9]{4}-(?:0[1-9]|1[0-2])"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--refresh", action="append", default=[], metavar="MONTHS", help="2016-03, a range, or all")


def run(options: argparse.Namespace) -> int:
    settings = config.Api()
    download = configured.download(settings, config.targets_folder())
    wanted = download.wanted(utc_now())
    refresh = [month for text in options.refresh for month in select_months(text, wanted)]
    client = configured.client(settings, config.Sources().user_agent)
    output_folders.create_folders()
    with run_lock.held("api-download"):
        new = download.run(client, utc_now, refresh)
    print(f"{len(wanted)} months in {download.months.folder}")
    print(f"{len(new)} new editions: {', '.join(new) or 'none'}")
    return 0


def select_months(text: str, configured: list[str]) -> list[str]:
    """Return the months that `--refresh TEXT` names: `all`, or one or a range of those configured.

    Raises PipelineError for an invalid text and for months that are not configured.
    """
    if text == "all":
        return configured
    match = re.fullmatch(f"({MONTH})(?::({MONTH}))?", text)
    selected = months.sequence(match[1], match[2] or match[1]) if match else []
    if not selected or not set(selected) <= set(configured):
        raise PipelineError(
            f"--refresh: expected months from {configured[0]} to {configured[-1]}, found {text!r}; name one as "
            "2016-03, or a range as 2015-01:2016-12"
        )
    return selected

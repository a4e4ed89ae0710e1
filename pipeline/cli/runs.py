"""List past runs, newest last: state, duration, tasks that ran, failed and were retried, and rows published.

With the id of a run, print its summary. `--html FILE` writes a page with the durations, rows, failures and retries of
all runs. [Operations] in luigi.cfg says how long `gc` keeps them. Exit code 1 if there is no such run.
"""

import argparse
import json
from pathlib import Path

from pipeline.errors import PipelineError
from pipeline.operations import run_history, run_summaries

SUMMARY = "list past runs, or print the summary of one"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("run_id", nargs="?", metavar="RUN", help="the id of a run, or `last`")
    parser.add_argument("--html", type=Path, metavar="FILE", help="write a page instead")
    parser.add_argument("--json", action="store_true", help="print JSON")


def run(options: argparse.Namespace) -> int:
    summaries = run_summaries.read_all()
    if options.run_id:
        chosen = summaries[-1:] if options.run_id == "last" else summaries
        summaries = [item for item in chosen if options.run_id in (item["run"], "last")]
        if not summaries:
            raise PipelineError(f"runs: expected the id of a run, found {options.run_id}; `runs` lists them")
    if options.html:
        options.html.write_text(run_history.page(summaries), encoding="utf-8")
    elif options.json:
        print(json.dumps(summaries, indent=1))
    elif options.run_id:
        print("\n".join(run_summaries.format_text(summaries[0])))
    else:
        print("\n".join(run_history.table(summaries)))
    return 0

"""Print what each schedule did last, and pause or resume all of them.

While schedules are paused, `luigi --module pipeline WeeklySync --date DATE` and the other schedules end with success
and do nothing; other runs are not affected. Once resumed, a date that was skipped runs when it is started again.
"""

import argparse

from pipeline import output_folders
from pipeline.operations import schedule_records

SUMMARY = "print what schedules did last; pause or resume them"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("action", nargs="?", default="status", choices=("status", "pause", "resume"))
    parser.add_argument("--reason", default="no reason stated", help="why schedules are paused")


def run(options: argparse.Namespace) -> int:
    if options.action == "pause":
        output_folders.create_folders()
        schedule_records.set_pause(options.reason)
    if options.action == "resume" and not schedule_records.resume():
        print("Schedules were not paused.")
    pause = schedule_records.pause()
    print(f"Paused since {pause['since']}: {pause['reason']}" if pause else "Not paused.")
    for schedule in schedule_records.SCHEDULES:
        record = schedule_records.last(schedule)
        details = f"{record['date']}: {record['result']}" if record else "never run"
        print(f"{schedule:<18}{details}")
    return 0

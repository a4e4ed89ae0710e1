"""Write the files of the benchmark severity-v1, or open its sealed test period, once.

`benchmark prepare` writes events.csv (ev_id, part, sha256 of the features), day7_mask.csv (features that are missing a
week after the event), labels.csv and reference.csv of validation and test to `--folder`, from the study and the feature
table of this store. Labels of the sealed years are not written.
`benchmark open` evaluates the model fitted on all years before them on the sealed years, prints the result, and records
it in `sealed_test.csv` next to the test-set ledger. A second time is refused with exit code 1.
"""

import argparse
from datetime import UTC, datetime
from pathlib import Path

from pipeline import config
from pipeline.cli.status import require_study
from pipeline.errors import StudyFailed

SUMMARY = "write the files of the severity benchmark, or open its sealed test period"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("action", choices=("prepare", "open"), help="what to do")
    parser.add_argument("--folder", type=Path, default=Path("severity-v1"), help="folder of the files (severity-v1)")
    parser.add_argument("--reason", default="", help="why the sealed period is opened now; it is recorded")


def run(options: argparse.Namespace) -> int:
    # Imported here because pandas and XGBoost take seconds.
    from models.severity import benchmark_files
    from models.severity.errors import InvalidStudy
    from models.severity.tracking import sealed_test

    study, table = require_study("benchmark", "predictions.parquet")
    try:
        if options.action == "prepare":
            for line in benchmark_files.write_files(study, table, options.folder):
                print(line)
        else:
            today = datetime.now(UTC).date().isoformat()
            record = config.evaluation_ledger().with_name("sealed_test.csv")
            for name, text in sealed_test.open_sealed(record, study, table, options.reason, today).items():
                print(f"{name:<27}{text}")
    except InvalidStudy as error:
        raise StudyFailed(str(error)) from error
    return 0

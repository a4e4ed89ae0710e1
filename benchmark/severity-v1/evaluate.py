"""Evaluate a submission to the benchmark severity-v1 against the reference.

python benchmark/severity-v1/evaluate.py SUBMISSION.csv --folder FOLDER [--part test] [--record closed] [--name NAME]

FOLDER has labels.csv and reference.csv, which `python -m pipeline benchmark prepare` writes. Prints metrics with 95 %
intervals, calibration of each class, and differences to the reference, paired by event. With --name, the result is
appended to leaderboard.csv; the part `test` requires it, because every evaluation on it is recorded. Exit code 1 if the
submission is invalid; all problems are reported.
"""

import argparse
import json
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent


def main() -> int:
    """Evaluate the submission that the command line names."""
    sys.path.insert(0, str(HERE.parents[1]))
    import pandas as pd

    from models.severity import benchmark
    from models.severity.study import round_floats
    from models.severity.tracking.csv_log import append_line

    options = _parse()
    labels = pd.read_csv(options.folder / "labels.csv", dtype=str)
    events = labels[labels["part"] == options.part].reset_index(drop=True)
    reference = pd.read_csv(options.folder / "reference.csv", dtype={"ev_id": str}).set_index("ev_id")
    try:
        submitted = benchmark.read_submission(options.submission, events["ev_id"])
    except benchmark.InvalidSubmission as error:
        print(error, file=sys.stderr)
        return 1
    part = options.part if options.record == "closed" else f"{options.part}, {options.record}"
    reference = reference[reference["part"] == part]
    shares = reference.loc[events["ev_id"], list(benchmark.PROBABILITIES)].to_numpy()
    evaluation = benchmark.evaluate_submission(events, submitted, shares)
    print(json.dumps(round_floats(evaluation), indent=1))
    if options.name:
        line = benchmark.leaderboard_line(options.name, part, events, evaluation)
        append_line(options.leaderboard, benchmark.LEADERBOARD, line)
    return 0


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("submission", type=Path, help="CSV file with ev_id, p_none, p_minr, p_sers, p_fatl")
    parser.add_argument("--folder", type=Path, required=True, help="folder with labels.csv and reference.csv")
    parser.add_argument("--part", choices=("validation", "test"), default="test")
    parser.add_argument(
        "--record", choices=("closed", "day-7"), default="closed", help="record that the model is given"
    )
    parser.add_argument("--name", default="", help="name in the leaderboard; empty: the result is only printed")
    parser.add_argument("--leaderboard", type=Path, default=HERE / "leaderboard.csv")
    options = parser.parse_args()
    if options.part == "test" and not options.name:
        parser.error("--name is required for the part test, because every evaluation on it is recorded")
    return options


if __name__ == "__main__":
    sys.exit(main())

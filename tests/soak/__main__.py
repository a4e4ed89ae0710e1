"""Run weekly syncs of generated files with random faults, and verify that nothing leaks, slows down or is lost.

python -m tests.soak [--weeks 50] [--seed 1] [--folder FOLDER]      exit code 1 if a condition does not hold
"""

import argparse
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path

from tests.soak.run import Soak


def main() -> int:
    """Run the soak test and print a line per week, then the conditions that do not hold."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--weeks", type=int, default=50, help="number of syncs (default: 50)")
    parser.add_argument("--seed", type=int, default=1, help="seed of files and faults (default: 1)")
    parser.add_argument("--folder", type=Path, help="a new folder for the store, which is kept")
    options = parser.parse_args()
    with ExitStack() as stack:
        folder = options.folder or Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="ntsb-soak-")))
        soak = stack.enter_context(Soak(folder, options.seed))
        for week in range(options.weeks):
            before = len(soak.failures)
            print("\n".join([str(soak.sync(week)), *soak.failures[before:]]), flush=True)
        problems = soak.problems()
    print("\n".join(problems) or f"{options.weeks} syncs: every condition holds.")
    return int(bool(problems))


if __name__ == "__main__":
    sys.exit(main())

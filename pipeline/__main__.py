"""`python -m pipeline COMMAND`: looks at a store, compares it with a second build, rolls it back, cleans it up."""

import argparse
import importlib
import os
import sys
from collections.abc import Sequence
from types import ModuleType

from pipeline.cli import COMMANDS
from pipeline.errors import PipelineError

EPILOG = """\
exit codes:
  0  done, and nothing was found wrong
  1  something is wrong (doctor), different (verify), odd (anomalies), or could not be done, and a sentence says why
  2  the command line could not be read

NTSB_STORE, NTSB_SOURCES and NTSB_DATABASE_URL stand above luigi.cfg, for commands as for runs.
To build, run `luigi --module pipeline AllReports`."""


def module(name: str) -> ModuleType:
    """The module of a command."""
    return importlib.import_module(f"pipeline.cli.{name.replace('-', '_')}")


def parser() -> argparse.ArgumentParser:
    """The command line with all its commands."""
    shape = argparse.RawDescriptionHelpFormatter
    top = argparse.ArgumentParser("python -m pipeline", description=__doc__, epilog=EPILOG, formatter_class=shape)
    commands = top.add_subparsers(metavar="COMMAND", required=True)
    for name in COMMANDS:
        found = module(name)
        command = commands.add_parser(name, help=found.SUMMARY, description=found.__doc__, formatter_class=shape)
        found.arguments(command)
        command.set_defaults(run=found.run)
    return top


def main(words: Sequence[str] | None = None) -> int:
    """Runs one command and gives its exit code."""
    # Words that a command does not know belong to the task it is about, spelled as Luigi spells them.
    top = parser()
    options, rest = top.parse_known_args(words)
    if rest and not hasattr(options, "task"):
        top.error(f"unrecognized arguments: {' '.join(rest)}")
    options.rest = rest
    try:
        return int(options.run(options))
    except PipelineError as error:
        print(error, file=sys.stderr)
        return 1
    except BrokenPipeError:
        # The reader, such as `head`, has seen enough; Python must not complain at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0


if __name__ == "__main__":
    sys.exit(main())

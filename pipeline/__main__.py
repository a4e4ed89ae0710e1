"""Commands of the pipeline; `luigi --module pipeline TASK` runs its tasks."""

import argparse
import importlib
import os
import signal
import sys
from collections.abc import Sequence
from types import ModuleType

from pipeline.cli import COMMANDS
from pipeline.errors import PipelineError
from pipeline.redaction import redact

EPILOG = """\
exit codes:
  0  success, and no problem was found
  1  a problem (doctor, corrections), a difference (verify, audit-folder), an anomaly (anomalies), or an error,
     which is printed
  2  invalid command line
  130, 143  interrupted or terminated

NTSB_STORE, NTSB_SOURCES and NTSB_DATABASE_URL override luigi.cfg, for commands as for runs.
To build everything, run `luigi --module pipeline AllReports`."""


def module(name: str) -> ModuleType:
    """Return the module of a command."""
    return importlib.import_module(f"pipeline.cli.{name.replace('-', '_')}")


def parser() -> argparse.ArgumentParser:
    """Return the argument parser with all commands."""
    layout = argparse.RawDescriptionHelpFormatter
    top = argparse.ArgumentParser("python -m pipeline", description=__doc__, epilog=EPILOG, formatter_class=layout)
    commands = top.add_subparsers(metavar="COMMAND", required=True)
    for name in COMMANDS:
        implementation = module(name)
        command = commands.add_parser(
            name, help=implementation.SUMMARY, description=implementation.__doc__, formatter_class=layout
        )
        if hasattr(implementation, "add_arguments"):
            implementation.add_arguments(command)
        command.set_defaults(run=implementation.run)
    return top


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code."""
    # Arguments that a command does not define are parameters of the task it is about, in Luigi's syntax.
    top = parser()
    options, rest = top.parse_known_args(arguments)
    if rest and not hasattr(options, "task"):
        top.error(f"unrecognized arguments: {' '.join(rest)}")
    options.rest = rest
    try:
        return int(options.run(options))
    except KeyboardInterrupt:
        return 128 + signal.SIGINT
    except PipelineError as error:
        print(redact(str(error)), file=sys.stderr)
        return 1
    except BrokenPipeError:
        # A program such as `head` has closed the pipe; without this, Python reports the error again at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0


if __name__ == "__main__":
    # So that a command that is terminated removes what it has created.
    signal.signal(signal.SIGTERM, lambda number, _: sys.exit(128 + number))
    sys.exit(main())

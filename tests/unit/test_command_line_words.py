"""Whatever is misspelled on the command line of a run, one sentence says so and what to do."""

import luigi
import luigi.scheduler
import pytest
from luigi.cmdline_parser import CmdlineParser

from pipeline import config_check, run_errors
from pipeline.run_worker import RunWorker

HELP = "; `luigi --module pipeline TASK --help` lists the parameters of a task"


def message(words: str) -> str:
    """The message of the error with which Luigi rejects a command line after `luigi --module pipeline`."""
    try:
        with CmdlineParser.global_instance(words.split(), allow_override=True) as parser:
            config_check.require_valid()
            task = parser.get_task_obj()
            RunWorker(scheduler=luigi.scheduler.Scheduler()).add(task)
    except Exception as error:
        return run_errors.describe(error)
    pytest.fail(f"{words}: expected an error, found none")


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("AllReport", "AllReport: expected the name of a task; did you mean AllReports?"),
        ("allreports", "allreports: expected the name of a task; did you mean AllReports?"),
        ("all_reports", "all_reports: expected the name of a task; did you mean AllReports?"),
        ("reports", "reports: expected the name of a task; did you mean AllReports?"),
        ("config", "config: expected the name of a task; docs/reference/tasks.md lists them"),
        ("Step", "Step: expected the name of a task; docs/reference/tasks.md lists them"),
        ("PreparedStep", "PreparedStep: expected the name of a task; did you mean PrepareDatabase?"),
        ("Checks", "Checks: expected the name of a task; did you mean RunChecks?"),
        ("Sources", "Sources: expected the name of a task; did you mean CheckSource?"),
        ("RunChecks", f"RunChecks: expected a value of --snapshot, found none{HELP}"),
        ("MergeTable --snapshot a", f"MergeTable: expected a value of --table, found none{HELP}"),
        (
            "CastTables --source avall --sha256 a --limit many",
            f"--limit: invalid literal for int() with base 10: 'many'{HELP}",
        ),
        (
            "AllReports --Checks-max-lost-share 7 --Training-device tpu",
            "Mistakes in the configuration:\n"
            "  --Checks-max-lost-share: expected float in [0, 1], found 7; correct it.\n"
            "  --Training-device: expected cpu, cuda, found tpu; correct it.",
        ),
        (
            "AllReports --Sources-attempts x",
            "Mistakes in the configuration:\n  --Sources-attempts: expected int in [1, 100], found x; correct it.",
        ),
    ],
)
def test_what_is_misspelled_is_named_with_the_next_step(words: str, expected: str) -> None:
    assert message(words) == expected


@pytest.mark.parametrize(
    ("words", "error"),
    [
        ("AllReports --snapshots a", "unrecognized arguments: --snapshots a"),
        ("AllReports --Checks-lost 1", "unrecognized arguments: --Checks-lost 1"),
        ("AllReports RunChecks", "unrecognized arguments: RunChecks"),
        ("AllReports --snapshot", "argument --snapshot: expected one argument"),
    ],
)
def test_luigi_names_unknown_options(words: str, error: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit), CmdlineParser.global_instance(words.split(), allow_override=True):
        pass
    # Before it is the name of the program, which runs the tests here.
    assert f": error: {error}" in capsys.readouterr().err

"""The commands of the README and the queries of the tutorial run as written, and print what the tutorial shows."""

import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest

from tests import guides, query_shapes
from tests.architecture.tree import REPOSITORY
from tests.running import Workspace, use_small_study

TUTORIAL = REPOSITORY / "docs" / "tutorial" / "from-a-question-to-a-query.md"
BLOCK = re.compile(r"^```(?P<language>\w*)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)
COMMAND = re.compile(r"^(?P<command>(?:make|luigi|python -m) [^#\n]*)", re.MULTILINE)


def readme_commands() -> list[str]:
    """Commands in the README's code blocks, without comments."""
    blocks = "".join(block["text"] for block in BLOCK.finditer((REPOSITORY / "README.md").read_text()))
    return [match["command"].strip() for match in COMMAND.finditer(blocks)]


def tutorial_examples() -> list[tuple[str, str]]:
    """(query or command, the output shown after it) of the tutorial."""
    blocks = [(block["language"], block["text"]) for block in BLOCK.finditer(TUTORIAL.read_text())]
    return [
        (text, output)
        for (language, text), (_, output) in pairwise(blocks)
        if language == "sql" or text.startswith("python -m")
    ]


@pytest.fixture(scope="module")
def workspace(built: Workspace, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workspace]:
    """A copy of the repository and of the built store."""
    folder = tmp_path_factory.mktemp("documented")
    repository = guides.copy_tree(folder / "repository")
    use_small_study(repository)
    shutil.copytree(REPOSITORY / "scripts", repository / "scripts")
    (repository / ".venv").symlink_to(Path(sys.prefix))
    copied = built.copied(folder / "store", repository=repository)
    yield copied
    copied.stop()


def run(workspace: Workspace, command: str) -> subprocess.CompletedProcess[str]:
    """Runs a command line with the environment active; make does not install packages."""
    path = f"{Path(sys.executable).parent}:{workspace.environment()['PATH']}"
    environment = workspace.environment() | {"PATH": path, "MAKEFLAGS": "-o .venv/.made -o system", "PAGER": ""}
    return subprocess.run(
        ["bash", "-c", command], cwd=workspace.repository, env=environment, capture_output=True, text=True, check=False
    )


def test_readme_has_the_commands_of_a_first_run() -> None:
    assert {"make demo", "make run", "luigi --module pipeline AllReports"} <= {
        command.partition("  ")[0] for command in readme_commands()
    }


@pytest.mark.parametrize("command", readme_commands())
def test_readme_command_runs(workspace: Workspace, command: str) -> None:
    result = run(workspace, command.replace("…", workspace.snapshot()))
    assert result.returncode == 0, result.stdout[-2000:] + result.stderr[-2000:]


@pytest.mark.parametrize("example", tutorial_examples(), ids=lambda example: example[0].split("\n")[0][:40])
def test_tutorial_example_prints_what_the_tutorial_shows(workspace: Workspace, example: tuple[str, str]) -> None:
    text, output = example
    query = "psql -X \"$(make -s database-url)\" <<'END'\n" + text + "END\n"
    result = run(workspace, text if text.startswith("python -m") else query)
    assert result.returncode == 0, result.stderr
    printed = [line.rstrip() for line in result.stdout.splitlines()]
    for line in output.splitlines():
        assert line == "..." or line.rstrip() in printed, result.stdout


@pytest.fixture(scope="module")
def url(workspace: Workspace) -> str:
    """What `make -s database-url` prints, as the guide says."""
    return run(workspace, "make -s database-url").stdout.strip()


@pytest.mark.parametrize("shape", query_shapes.shapes(), ids=lambda shape: shape.name)
def test_query_of_the_how_to_guide_returns_rows_of_the_samples(
    workspace: Workspace, url: str, shape: query_shapes.QueryShape
) -> None:
    result = run(workspace, f"psql -X {shlex.quote(url)} <<'END'\n{shape.sql}\nEND\n")
    assert (result.returncode, result.stderr) == (0, "")
    assert re.search(r"^\([1-9]\d* rows?\)$", result.stdout, re.MULTILINE), "some rows of the samples"

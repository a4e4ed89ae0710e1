"""Each of the twelve questions is answered by the page or the commands that the guide names."""

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.architecture.tree import REPOSITORY
from tests.running import Workspace

GUIDE = (REPOSITORY / "docs" / "how-to" / "questions.md").read_text(encoding="utf-8")
SECTIONS = dict(re.findall(r"^## (\d+)\. [^\n]+\n(.*?)(?=^## |\Z)", GUIDE, re.MULTILINE | re.DOTALL))
BLOCK = re.compile(r"^```(sql|console)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
PAGE = re.compile(r"`([a-z]+\.html|changes\.atom)(?:#([a-z]+))?`")
# What an answer on the samples contains.
EXPECTED = {
    "1": "fatal_accidents",
    "2": r"from release|release +\w{12}",
    "3": r"from row \d+ of events",
    "4": "Landing",
    "5": "fatal_events",
    "6": "kilometers",
    "7": "percent_without_coordinates",
    "8": "not evaluated",
    "9": r"probabilities  NONE 0\.\d+",
    "10": '"log_loss"',
    "11": "",
}


@pytest.fixture(scope="module")
def workspace(built: Workspace, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workspace]:
    """A copy of the built store."""
    copied = built.copied(tmp_path_factory.mktemp("questions") / "store")
    yield copied
    copied.stop()


def answer(workspace: Workspace, language: str, text: str) -> str:
    """The output of a block, which must succeed."""
    python = Path(sys.executable).parent
    environment = workspace.environment() | {"PATH": f"{python}:{workspace.environment()['PATH']}"}
    command = f"psql -X \"$(python -m pipeline database-url)\" -v ON_ERROR_STOP=1 <<'END'\n{text}END\n"
    done = subprocess.run(
        ["bash", "-c", "set -e\n" + (command if language == "sql" else text)],
        cwd=workspace.repository,
        env=environment,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout[-1000:] + done.stderr[-2000:]
    return done.stdout


def test_there_are_twelve_questions_and_each_has_a_page_or_a_command() -> None:
    assert list(SECTIONS) == [str(number) for number in range(1, 13)]
    for number, text in SECTIONS.items():
        assert BLOCK.search(text) or PAGE.search(text) or "python -m pipeline" in text, number


@pytest.mark.parametrize("number", EXPECTED)
def test_the_commands_of_a_question_answer_it(workspace: Workspace, number: str) -> None:
    output = "".join(answer(workspace, language, text) for language, text in BLOCK.findall(SECTIONS[number]))
    assert re.search(EXPECTED[number], output), output[-2000:]
    assert "(0 rows)" not in output or number == "6"


def test_pages_and_anchors_that_the_questions_name_exist(built: Workspace) -> None:
    html = built.store / "reports" / "html"
    named = PAGE.findall(GUIDE)
    assert len(named) > 8
    for file, anchor in named:
        text = (html / file).read_text(encoding="utf-8")
        assert not anchor or f'id="{anchor}"' in text, (file, anchor)

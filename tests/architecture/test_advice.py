"""The next step of every message: advice.csv names the test that follows it, or states why no test can.

Kinds in advice.csv: `test`, the named test follows the advice, or ends with the error gone; `commands`, the message
consists of a command, which is parsed here; `study`, where to look for the cause in the data of a study; `repository`,
what is wrong in a file of the repository; `outside`, something that only the user can do: with Access, a browser, the
operating system or another server; `request`, a client of the HTTP API changes its request; `elsewhere`, the text is
put together from advice of other messages.
"""

import ast
import csv
import re
from functools import cache
from pathlib import Path

import pytest
from luigi.cmdline_parser import CmdlineParser

import pipeline
from pipeline import config
from pipeline.__main__ import parser
from tests.architecture.tree import REPOSITORY, files, functions, shown, tree_of

REGISTRY = Path(__file__).with_name("advice.csv")
KINDS = {"test", "commands", "study", "repository", "outside", "request", "elsewhere"}
MESSAGE = re.compile(r"\bexpected\b.*; ", re.DOTALL)


@cache
def texts() -> tuple[tuple[str, str], ...]:
    """(module, text) of every string, with {} in place of each value; docstrings and SQL are not messages."""
    result = []
    for path in files(".py", "pipeline", "models", "targets", "reports"):
        tree = tree_of(path)
        parts = {id(part) for node in ast.walk(tree) if isinstance(node, ast.JoinedStr) for part in node.values}
        parts |= {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
        for node in ast.walk(tree):
            if isinstance(node, ast.JoinedStr):
                pieces = [str(part.value) if isinstance(part, ast.Constant) else "{}" for part in node.values]
            elif isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in parts:
                pieces = [node.value]
            else:
                continue
            result.append((shown(path), " ".join("".join(pieces).split())))
    return tuple(result)


def advice() -> set[tuple[str, str]]:
    """(module, next step) of every message."""
    messages = {(module, text) for module, text in texts() if MESSAGE.search(text) and "select" not in text.split()[:1]}
    return {(module, text.rpartition("; ")[2].rstrip(".")) for module, text in messages}


def registry() -> list[dict[str, str]]:
    with REGISTRY.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_every_next_step_is_listed() -> None:
    listed = [(row["module"], row["advice"]) for row in registry()]
    assert listed == sorted(set(listed))
    missing = "".join(f'\n{module},"{text}",<kind>,<test>' for module, text in sorted(advice() - set(listed)))
    assert not missing, f"{shown(REGISTRY)}: expected a line for every next step, found none for these; add:{missing}"


def test_every_listed_step_has_a_test_or_a_kind() -> None:
    tests = {f"{shown(path)}::{node.name}" for path in files(".py", "tests") for node in functions(path)}
    for row in registry():
        assert row["kind"] in KINDS, row
        assert (row["test"] in tests) if row["kind"] == "test" else not row["test"], row


def quoted(pattern: str) -> list[str]:
    """The commands in messages that match a pattern, without the placeholders of values."""
    commands = {command for _, text in texts() for command in re.findall(f"`({pattern})[^`]*`", text)}
    return sorted(command for command in commands if "{" not in command and "TASK" not in command)


@pytest.mark.parametrize("command", quoted(r"luigi --module pipeline[^`]*"))
def test_commands_of_luigi_exist(command: str) -> None:
    with CmdlineParser.global_instance(command.split()[1:], allow_override=True) as line:
        assert line.known_args.root_task in pipeline.__all__


@pytest.mark.parametrize("command", quoted(r"python -m pipeline[^`]*"))
def test_commands_of_the_pipeline_exist(command: str) -> None:
    options, rest = parser().parse_known_args(command.split()[3:])
    assert callable(options.run) and not rest


@pytest.mark.parametrize("command", quoted(r"make [^`]*"))
def test_targets_of_make_exist(command: str) -> None:
    makefile = (REPOSITORY / "Makefile").read_text(encoding="utf-8")
    assert re.search(rf"^[\w -]*\b{re.escape(command.split()[1])}\b[\w -]*:", makefile, re.MULTILINE)


def test_settings_and_variables_in_messages_exist() -> None:
    known = {section.__name__: {name for name, _ in section.get_params()} for section in config.SECTIONS}
    for module, text in texts():
        for section, name in re.findall(r"\[([A-Z][a-z]+)\] ([a-z]+_[a-z_]+)\b", text):
            assert name in known.get(section, {name}), f"{module}: {text}"
        for name in re.findall(r"\bNTSB_[A-Z_]+\b", text):
            assert name in {text for _, text in texts()}, f"{module}: no code reads {name}"

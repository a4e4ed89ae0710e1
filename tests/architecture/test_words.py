"""Words that the project avoids: addresses of registries, paths of one machine, archaic and private terms."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from pipeline.sources import access_eras, eras
from tests.architecture import tree

# Written in pieces, so that this file does not match itself.
HOSTS = ("pypi" + ".org", "files.python" + "hosted", "conda.ana" + "conda", "repo.ana" + "conda", "index-url" + " ")
LOCAL_PATHS = ("/ho" + "me/", "/Us" + "ers/", "/wo" + "rk/", "/ro" + "ot/", "C:" + "\\\\Users")
UNFINISHED = (
    *("Cla" + "ude", "Anth" + "ropic", "Chat" + "GPT", "Cop" + "ilot", "Open" + "AI"),
    *("as an A" + "I", "lang" + "uage model", "sub" + "agent", "TO" + "DO", "FIX" + "ME", "X" * 3 + ":"),
)

# Prose and names, in any text file; `_` counts as a space.
ARCHAIC = re.compile(
    r"\b(foretold|foretells?|guises?|spoilt|spoiled|strangers?|whoever|befalls?|worn out|at hand|reckon\w*|heed\w*"
    r"|dealt out|let go of|somebody|knobs?|twain|anew|of old|mend(s|ed|ing)?|dice"
    r"|next move|excuse[ds]?|the house|the common language"
    r"|lies|stands(?! for)|the place of the sources?|touched events?|told)\b",
    re.IGNORECASE,
)
# Names of variables and parameters that do not say which value they hold.
VAGUE_NAMES = {
    *("found", "each", "said", "told", "at", "place", "places", "facts", "given", "sound", "spoilt", "touched", "news"),
    *("knob", "knobs", "dice", "house", "judged"),
}
# A name, or a pattern of several, that a script declares.
DECLARED = re.compile(r"\b(?:const|let)\s+(\w+|\[[^\]]*\]|\{[^}]*\})(?=\s*(?:=|of\b))")
# This file lists the words, and a table of old names has them.
UNCHECKED = ("tests/architecture/test_words.py", "docs/reference/renames.csv", "docs/reference/renames.md")


def matching_lines(words: tuple[str, ...], whole: bool) -> list[str]:
    """`path:line: word` of each line of the project that has one of the words."""
    edge = r"\b" if whole else ""
    pattern = re.compile("|".join(f"{edge}{re.escape(word)}{edge}" for word in words))
    return [
        f"{tree.shown(path)}:{number}: {match.group()}"
        for path, text in tree.texts()
        for number, line in enumerate(text.splitlines(), 1)
        if (match := pattern.search(line))
    ]


def checked_files() -> list[Path]:
    """Text files of the project, except those that list the words."""
    return [path for path, _ in tree.texts() if tree.shown(path) not in UNCHECKED]


def archaic_lines(path: Path) -> list[str]:
    """`path:line: word` of each archaic word of a file."""
    lines = path.read_text(encoding="utf-8").replace("_", " ").splitlines()
    matches = [(number, match.group()) for number, line in enumerate(lines, 1) for match in ARCHAIC.finditer(line)]
    return [f"{tree.shown(path)}:{number}: {word}" for number, word in matches]


def variable_names(path: Path) -> Iterator[tuple[int, str]]:
    """(line, name) of each variable and parameter that a Python file binds, or that a script declares."""
    if path.suffix == ".js":
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            for declared in DECLARED.findall(line):
                yield from ((number, name) for name in re.findall(r"\w+", declared))
        return
    for node in ast.walk(tree.tree_of(path)):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.lineno, node.id
        elif isinstance(node, ast.arg):
            yield node.lineno, node.arg


def test_no_registry_is_named() -> None:
    assert matching_lines(HOSTS, whole=False) == []


def test_no_path_of_one_machine() -> None:
    # Homebrew's own folder on Linux is the same everywhere.
    assert [line for line in matching_lines(LOCAL_PATHS, whole=False) if "binaries" not in line] == []


def test_no_unfinished_text() -> None:
    assert matching_lines(UNFINISHED, whole=True) == []


def test_no_archaic_words() -> None:
    assert [line for path in checked_files() for line in archaic_lines(path)] == []


def test_variables_are_named_for_their_value() -> None:
    vague = [
        f"{tree.shown(path)}:{number}: {name}"
        for path in checked_files()
        if path.suffix in (".py", ".js")
        for number, name in variable_names(path)
        if name in VAGUE_NAMES
    ]
    assert vague == []


def test_source_names_are_in_the_folder_of_sources_only() -> None:
    """String constants of Python code; the folders and files of pipeline/sources name the sources of Access files."""
    names = {name for era in access_eras() for name in (era.name, era.file)}
    packages = [tree.REPOSITORY / name for name in ("pipeline", "targets", "models", "reports")]
    literals = [
        f"{tree.shown(path)}:{node.lineno}: {node.value}"
        for package in packages
        for path in package.rglob("*.py")
        for node in ast.walk(tree.tree_of(path))
        if isinstance(node, ast.Constant) and node.value in names
    ]
    assert literals == []


def test_source_names_are_spelled_as_in_the_glossary() -> None:
    """avall, Pre2008, PRE1982: in prose, everywhere; in code the schema names are lower case."""
    wrong = re.compile(r"\b(AVALL|Avall|PRE2008|Pre1982)\b(?!\.(?:zip|ZIP|mdb|MDB))")
    pages = [(path, text) for path, text in tree.texts() if path.suffix == ".md"]
    assert [f"{tree.shown(path)}: {match.group()}" for path, text in pages for match in wrong.finditer(text)] == []


@pytest.mark.parametrize("marker", ["<<<" + "<<<< ", ">>>" + ">>>> "])
def test_no_merge_conflict_markers(marker: str) -> None:
    assert [tree.shown(path) for path, text in tree.texts() if re.search(f"^{marker}", text, re.MULTILINE)] == []


def test_sql_tests_eras_with_is_record_era_instead_of_their_names() -> None:
    """Other names of eras in SQL are those of code lists and of published counts."""
    names = "|".join(era.name for era in eras())
    comparison = re.compile(rf"\b(?<!code_harmonization\.)era (?:=|<>|in \() *'(?:{names})'")
    folders = [tree.REPOSITORY / "pipeline" / "sql", tree.REPOSITORY / "reports"]
    paths = [path for folder in folders for path in sorted(folder.rglob("*.sql"))]
    assert [tree.shown(path) for path in paths if comparison.search(path.read_text(encoding="utf-8"))] == []


# A verb in the third person, or a noun.
NOT_IMPERATIVE = re.compile(
    r"(?!Process|Pass|Compress|Express|Address)(\w+s|The|An?|One|All|Row|Code|Value|Text|True)\b"
)


def test_docstrings_of_functions_are_in_the_imperative() -> None:
    descriptive = [
        f"{tree.shown(path)}: {function.name}"
        for path in tree.files(".py", *tree.PACKAGES, "scripts", "benchmark", "client/src")
        for function in tree.functions(path)
        if not any(ast.unparse(decorator).endswith("property") for decorator in function.decorator_list)
        if NOT_IMPERATIVE.match(ast.get_docstring(function) or "")
    ]
    assert descriptive == []

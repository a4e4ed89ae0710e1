"""What the project does not say: addresses of registries, places on one machine, words that mean another thing here."""

import re

import pytest

from tests.architecture import tree

# Written in pieces, so that this file does not accuse itself.
HOSTS = ("pypi" + ".org", "files.python" + "hosted", "conda.ana" + "conda", "repo.ana" + "conda", "index-url" + " ")
PLACES = ("/ho" + "me/", "/Us" + "ers/", "/wo" + "rk/", "/ro" + "ot/", "C:" + "\\\\Users")
STRANGE = (
    *("Cla" + "ude", "Anth" + "ropic", "Chat" + "GPT", "Cop" + "ilot", "Open" + "AI"),
    *("as an A" + "I", "lang" + "uage model", "sub" + "agent", "TO" + "DO", "FIX" + "ME", "X" * 3 + ":"),
)


def saying(words: tuple[str, ...], whole: bool) -> list[str]:
    edge = r"\b" if whole else ""
    pattern = re.compile("|".join(f"{edge}{re.escape(word)}{edge}" for word in words))
    return [
        f"{tree.shown(path)}:{number}: {found.group()}"
        for path, text in tree.texts()
        for number, line in enumerate(text.splitlines(), 1)
        if (found := pattern.search(line))
    ]


def test_no_registry_is_named() -> None:
    assert saying(HOSTS, whole=False) == []


def test_no_place_on_one_machine() -> None:
    # Homebrew's own folder on Linux is the same everywhere.
    assert [line for line in saying(PLACES, whole=False) if "cluster_binaries" not in line] == []


def test_nothing_is_said_of_how_it_was_written() -> None:
    assert saying(STRANGE, whole=True) == []


def test_source_names_are_spelled_as_the_glossary_says() -> None:
    """avall, Pre2008, PRE1982: in prose, everywhere; in code the schema names are lower case."""
    wrong = re.compile(r"\b(AVALL|Avall|PRE2008|Pre1982)\b(?!\.(?:zip|ZIP|mdb|MDB))")
    pages = [(path, text) for path, text in tree.texts() if path.suffix == ".md"]
    assert [f"{tree.shown(path)}: {found.group()}" for path, text in pages for found in wrong.finditer(text)] == []


@pytest.mark.parametrize("mark", ["<<<" + "<<<< ", ">>>" + ">>>> "])
def test_no_merge_is_half_done(mark: str) -> None:
    assert [tree.shown(path) for path, text in tree.texts() if re.search(f"^{mark}", text, re.MULTILINE)] == []

"""The prose of pages can be printed in a newspaper: short sentences, plain words, nothing that the data do not say."""

import re
from html import unescape

import pytest

from reports.shared.catalog import ALL, ReportSpec
from tests.browser import examples

EACH_REPORT = pytest.mark.parametrize("spec", ALL, ids=[spec.name for spec in ALL])
# Grade of the reader of a page, as of Kincaid et al. 1975: a newspaper is written for grades 9 to 12.
MAX_GRADE = 12
MAX_WORDS_PER_SENTENCE = 45
# Phrases that say nothing, or more than the data do, and what to write instead.
PHRASES = {
    r"in order to": "to",
    r"due to the fact that": "because",
    r"(please|it should be) noted?": "nothing",
    r"it is (important|worth)\w* (to note|noting)": "nothing",
    r"at this point in time": "now",
    r"a number of": "some, or the number",
    r"utiliz\w+": "use",
    r"leverag\w+": "use",
    r"facilitat\w+": "help",
    r"in terms of": "nothing",
    r"prior to": "before",
    r"subsequent(ly)? to": "after",
    r"(very|really|quite|basically|actually|simply|obviously|clearly)": "nothing",
    r"and/or": "or",
    r"etc\.": "the list",
    r"via": "by, through or with",
    r"(un)?safest": "a count or share",
    r"(most |more )?dangerous": "a count or share",
    r"deadl(y|ier|iest)": "fatal",
    r"crash(es|ed)?": "accident",
    r"pilot error": "the finding",
    r"blam(e|ed|ing)|at fault": "what NTSB states",
    r"(risk|chance|odds|likelihood) of (an? )?(accident|dying|death)": "share of accidents",
    r"(predicts|foresees) (an )?accidents?": "severity given an accident",
    r"alarming|shocking|tragic\w*|horrific": "the number",
    r"object at 0x\w+": "the value, not a Python object",
}
PHRASE = re.compile(rf"\b({'|'.join(PHRASES)})(?!\w)", re.IGNORECASE)
# What a page may say to deny it.
DENIALS = ("not risks", "nothing here says how dangerous flying is")


def prose(spec: ReportSpec) -> list[str]:
    """The paragraphs, list entries and captions of a page, without code, tables and values from the data."""
    html = examples.build(spec).partition("<main")[2].partition("<footer>")[0]
    html = re.sub(r"<(script|pre|table|select|noscript|nav)\b.*?</\1>", " ", html, flags=re.DOTALL)
    blocks = re.findall(r"<(p|li|figcaption)\b[^>]*>(.*?)</\1>", html, flags=re.DOTALL)
    texts = [re.sub(r"<code>.*?</code>", "it", block, flags=re.DOTALL) for _, block in blocks]
    return [" ".join(unescape(re.sub(r"<[^>]+>", " ", text)).split()) for text in texts]


def sentences(text: str) -> list[str]:
    """The sentences of a paragraph: what ends in a period, a question mark, a colon or a semicolon."""
    parts = re.split(r"(?<=[.?!:;])\s+(?=[A-Z0-9“])|; ", text)
    return [part for part in parts if len(part.split()) > 3]


def syllables(word: str) -> int:
    """The number of groups of vowels, without a silent e at the end."""
    groups = re.findall(r"[aeiouy]+", word.lower())
    silent = word.lower().endswith("e") and not word.lower().endswith("le") and len(groups) > 1
    return max(len(groups) - silent, 1)


def grade(texts: list[str]) -> float:
    """The Flesch-Kincaid grade of texts."""
    parts = [part for text in texts for part in sentences(text)]
    words = [word for part in parts for word in re.findall(r"[A-Za-z][A-Za-z'\u2019-]*", part)]
    return 0.39 * len(words) / len(parts) + 11.8 * sum(map(syllables, words)) / len(words) - 15.59


@pytest.mark.parametrize(("word", "count"), [("table", 2), ("accident", 3), ("made", 1), ("the", 1), ("severity", 4)])
def test_syllables_of_known_words(word: str, count: int) -> None:
    assert syllables(word) == count


def test_grade_of_known_texts() -> None:
    """A child's sentence is far below, and a lawyer's far above the limit."""
    assert grade(["The cat sat on the mat. It ran to the man."]) < 2
    assert grade(["Notwithstanding extraordinary administrative considerations, organizational accountability requires "
                  "comprehensive interdepartmental documentation."]) > 20  # fmt: skip


@EACH_REPORT
def test_a_page_is_written_for_readers_of_newspapers(spec: ReportSpec) -> None:
    texts = prose(spec)
    assert texts
    assert grade(texts) <= MAX_GRADE


@EACH_REPORT
def test_sentences_are_short(spec: ReportSpec) -> None:
    long = [part for text in prose(spec) for part in sentences(text) if len(part.split()) > MAX_WORDS_PER_SENTENCE]
    assert long == []


@EACH_REPORT
def test_a_page_has_no_empty_or_misleading_phrase(spec: ReportSpec) -> None:
    text = " ".join(prose(spec))
    for denial in DENIALS:
        text = text.replace(denial, "")
    assert [match.group() for match in PHRASE.finditer(text)] == []


@pytest.mark.parametrize(
    "text",
    [
        "In order to fly",
        "the safest type",
        "a risk of death",
        "Crashes rose",
        "due to pilot error",
        "a dict object at 0x7f",
    ],
)
def test_phrases_are_recognized(text: str) -> None:
    assert PHRASE.search(text)

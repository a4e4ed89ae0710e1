"""The prose of pages can be printed in a newspaper: short sentences, plain words, nothing that the data do not say."""

import re
from dataclasses import replace
from html import unescape
from typing import Any

import pytest

from reports.changes.report import location
from reports.index.report import safety_summary
from reports.severity import calibration, metric_tables
from reports.shared.catalog import ALL, ReportSpec
from reports.shared.data import Inputs
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


# Columns of numbers that count nothing.
NO_COUNTS = re.compile(
    r"year|month|hour|decade|number|aircraft_key|_no$|_row$|south|west|bytes|position|change$|mkey|unknown_deaths"
)
PLURAL_OF_ONE = re.compile(r"(?<![\d.,/-])\b1 (?:[a-z]+ )?([a-z]{2,}s)\b")
SINGULARS = ("was", "has", "this", "class", "minus", "means")


def of_one(value: Any) -> Any:
    """A study whose counts are 1."""
    if isinstance(value, dict):
        counts = {key for key in ("events", "observed", "fatal") if isinstance(value.get(key), int) and value[key]}
        return {key: 1 if key in counts else of_one(part) for key, part in value.items()}
    return [of_one(part) for part in value] if isinstance(value, list) else value


def lines(html: str) -> list[str]:
    """The text of a page outside of scripts and queries, one line per element that is not inline."""
    html = re.sub(r"<(script|style|pre)\b.*?</\1>", "\n", html, flags=re.DOTALL)
    html = re.sub(r'aria-label="([^"]*)"[^>]*>', r">\n\1\n", html)
    return unescape(re.sub(r"<[^>]+>", "\n", re.sub(r"</?(a|b|code|em|span|strong)\b[^>]*>", "", html))).splitlines()


@EACH_REPORT
def test_a_count_of_one_has_its_noun_in_the_singular(spec: ReportSpec) -> None:
    inputs = examples.inputs(spec)
    queries = {
        name: replace(
            query,
            rows=tuple(
                tuple(
                    1 if type(value) is int and not NO_COUNTS.search(column) else value
                    for column, value in zip(query.columns, row, strict=True)
                )
                for row in query.rows
            ),
        )
        for name, query in inputs.queries.items()
    }
    html = spec.build(Inputs(queries, of_one(inputs.study), inputs.record), examples.context(spec))
    wrong = [line for line in lines(html) for match in PLURAL_OF_ONE.findall(line) if match not in SINGULARS]
    assert wrong == []


@pytest.mark.parametrize(("count", "noun"), [(0, "0 accidents"), (1, "1 accident"), (1200, "1,200 accidents")])
def test_captions_have_the_noun_of_their_number(count: int, noun: str) -> None:
    study = examples.study(external_validation={"events": count, "log_loss": 0.9})
    assert calibration.accidents_abroad(study).caption == f"Primary model on {noun} outside the United States"
    unknown = examples.study(external_validation={})
    assert "an unknown number of accidents" in calibration.accidents_abroad(unknown).caption
    metrics = {"xgboost": {"test": {"events": 1}}}
    assert metric_tables.study_summary(examples.study(metrics=metrics)).startswith("On 1 test event: ")


@pytest.mark.parametrize(
    ("values", "parts"),
    [
        ((1, 1, 0, 1, 0), ("1 accident", "1 death", "1 incident", "0 events")),
        ((2, 3, 1, 0, 1), ("2 accidents", "3 deaths where known", "0 incidents", "1 event")),
        ((2, None, 2, 0, 0), ("2 accidents", "an unknown number of deaths", "0 incidents", "0 events")),
    ],
)
def test_the_summary_of_the_safety_page_is_a_sentence(values: tuple[int | None, ...], parts: tuple[str, ...]) -> None:
    sentence = "{} in the United States with {}, {} there, and {} elsewhere.".format(*parts)
    names = ("us_accidents", "us_deaths", "us_accidents_with_unknown_deaths", "us_incidents", "events_elsewhere")
    totals = dict(zip(names, values, strict=True))
    assert safety_summary(totals | {"first_date": None, "last_date": None}) == sentence
    dated = safety_summary(totals | {"first_date": "1975-01-02", "last_date": "1975-01-03"})
    assert dated == f"From 1975-01-02 to 1975-01-03: {sentence}"
    assert safety_summary({}) == ""


def test_a_location_has_no_empty_part() -> None:
    assert location({"ev_city": " ", "ev_state": "OR ", "ev_country": "USA"}) == "OR"
    assert location({"ev_city": "Nadi", "ev_state": None, "ev_country": "FJ"}) == "Nadi, FJ"

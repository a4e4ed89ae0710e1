"""luigi.cfg against the parameters in config.py."""

import argparse
import os
from pathlib import Path

import pytest

from pipeline import config, config_check
from pipeline.errors import PipelineError

LUIGI_CFG = config.REPOSITORY / "luigi.cfg"


def edited(tmp_path: Path, old: str, new: str) -> Path:
    text = LUIGI_CFG.read_text()
    assert old in text
    path = tmp_path / "luigi.cfg"
    path.write_text(text.replace(old, new))
    return path


def test_the_repository_has_no_mistakes() -> None:
    assert config_check.check_file(LUIGI_CFG) == []
    config_check.require_valid()


@pytest.mark.parametrize(
    ("location", "uses_api", "files"),
    [
        ("api", True, ""),
        ("api+/zips", True, "/zips"),
        ("api+https://example.org/{file}", True, "https://example.org/{file}"),
        ("./api", False, "./api"),
        ("apis", False, "apis"),
        ("samples", False, "samples"),
    ],
)
def test_the_api_is_a_location_alone_or_with_files(
    monkeypatch: pytest.MonkeyPatch, location: str, uses_api: bool, files: str
) -> None:
    monkeypatch.setenv("NTSB_SOURCES", location)
    assert (config.Sources().uses_api(), config.Sources().files_location()) == (uses_api, files)


def test_every_section_is_in_the_file() -> None:
    sections = {section.__name__ for section in config.SECTIONS}
    assert sections <= {line.strip("[]") for line in LUIGI_CFG.read_text().splitlines() if line.startswith("[")}


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("top_makes = 20", "top_make = 20\ntop_makes = 20", "[Reporting] top_make is unknown. Did you mean top_makes?"),
        ("top_makes = 20", "colour = red\ntop_makes = 20", "[Reporting] colour is unknown. Remove it."),
        ("top_makes = 20", "", "[Reporting] top_makes is missing: add it."),
        ("workers = 2", "worker = 2", "[core] worker is unknown. Did you mean workers?"),
        ("[Reporting]", "[Report]", "section [Report] is unknown. Did you mean Reporting?"),
        (
            "top_makes = 20",
            "top_makes = many",
            "[Reporting] top_makes: expected int in [1, 1000], found many; correct it.",
        ),
        ("prediction_time = T1", "prediction_time = T7", "[Severity] prediction_time: expected T0, T1, found T7"),
        (
            "keep_releases = 2",
            "keep_releases = -1",
            "[Publication] keep_releases: expected int in [0, 1000], found -1; correct it.",
        ),
        ("base = []", "base = [PRE1982", "[Sources] base: expected a list, found "),
        ("learning_rate = 0.095", "learning_rate = 0", "[Training] learning_rate: expected float in (0, 1], found 0;"),
        ("trees = 300", "trees = 0", "[Training] trees: expected int in [1, 1000000], found 0;"),
        ("test_year = 2019", "test_year = nan", "[Severity] test_year: expected int in [1962, 2200], found nan;"),
        ("timeout_s = 60", "timeout_s = nan", "[Sources] timeout_s: expected float in (0, 3600], found nan;"),
        (
            "first_month = 2009-01",
            "first_month = 2009-1",
            "first_month: expected a month as YYYY-MM, found 2009-1;",
        ),
        ("first_month = 2009-01", "first_month =", "[Api] first_month: expected a month as YYYY-MM, found ;"),
        (
            "last_month =",
            "last_month = 2009-13",
            "last_month: expected a month as YYYY-MM, or nothing, found 2009",
        ),
        ("[Reporting]", "[Reporting", "cannot be read as a configuration file"),
    ],
)
def test_a_mistake_is_reported(tmp_path: Path, old: str, new: str, message: str) -> None:
    assert any(message in mistake for mistake in config_check.check_file(edited(tmp_path, old, new)))


def test_months_in_reverse_order_are_a_mistake(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(config_check, "Api", lambda: argparse.Namespace(first_month="2016-04", last_month="2016-01"))
    message = "[Api] last_month: expected 2016-04 (first_month) or later, found 2016-01; correct it."
    assert config_check.find_mistakes() == [message]


@pytest.mark.parametrize("name", ["a\nb", "a\rb", os.fsdecode(b"a\xff"), os.fsdecode("\u2603".encode()[:2])], ids=ascii)
def test_a_store_that_postgresql_or_mlflow_cannot_open_is_a_mistake(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setenv("NTSB_STORE", str(tmp_path / name))
    (mistake,) = config_check.find_mistakes()
    assert mistake.isprintable()
    assert mistake.startswith("The store: expected a path in UTF-8 without line breaks, found /")
    assert mistake.endswith("; choose another folder with NTSB_STORE.")
    with pytest.raises(PipelineError, match="The store: expected"):
        config.targets_folder()
    monkeypatch.setenv("NTSB_STORE", str(tmp_path / "a\t\x7f\u2028 %0A\u2003b"))
    assert config_check.find_mistakes() == []


def test_all_mistakes_are_reported_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "mine.cfg"
    path.write_text("[Training]\nrounds = few\nsede = 1\n[Sauces]\n")
    monkeypatch.setenv("LUIGI_CONFIG_PATH", str(path))
    with pytest.raises(PipelineError) as caught:
        config_check.require_valid()
    assert all(word in str(caught.value) for word in ("found few", "sede is unknown", "[Sauces] is unknown"))
    assert "missing" not in str(caught.value)

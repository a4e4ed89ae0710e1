"""luigi.cfg against the parameters in config.py."""

from pathlib import Path

import pytest

from pipeline import config
from pipeline.errors import PipelineError

LUIGI_CFG = config.REPOSITORY / "luigi.cfg"


def edited(tmp_path: Path, old: str, new: str) -> Path:
    text = LUIGI_CFG.read_text()
    assert old in text
    path = tmp_path / "luigi.cfg"
    path.write_text(text.replace(old, new))
    return path


def test_the_repository_has_no_mistakes() -> None:
    assert config.check_file(LUIGI_CFG) == []
    config.require_valid()


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
        ("learning_rate = 0.04", "learning_rate = 0", "[Training] learning_rate: expected float in (0, 1], found 0;"),
        ("trees = 300", "trees = 0", "[Training] trees: expected int in [1, 1000000], found 0;"),
        ("test_year = 2019", "test_year = nan", "[Severity] test_year: expected int in [1962, 2200], found nan;"),
        ("timeout_s = 60", "timeout_s = nan", "[Sources] timeout_s: expected float in (0, 3600], found nan;"),
        ("[Reporting]", "[Reporting", "cannot be read as a configuration file"),
    ],
)
def test_a_mistake_is_reported(tmp_path: Path, old: str, new: str, message: str) -> None:
    assert any(message in mistake for mistake in config.check_file(edited(tmp_path, old, new)))


def test_all_mistakes_are_reported_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "mine.cfg"
    path.write_text("[Training]\nrounds = few\nsede = 1\n[Sauces]\n")
    monkeypatch.setenv("LUIGI_CONFIG_PATH", str(path))
    with pytest.raises(PipelineError) as caught:
        config.require_valid()
    assert all(word in str(caught.value) for word in ("found few", "sede is unknown", "[Sauces] is unknown"))
    assert "missing" not in str(caught.value)

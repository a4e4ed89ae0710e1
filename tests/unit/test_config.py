"""luigi.cfg against settings.py."""

from pathlib import Path

import pytest

from pipeline import config
from pipeline.errors import PipelineError

OURS = config.REPOSITORY / "luigi.cfg"


def changed(tmp_path: Path, old: str, new: str) -> Path:
    text = OURS.read_text()
    assert old in text
    path = tmp_path / "luigi.cfg"
    path.write_text(text.replace(old, new))
    return path


def test_the_repository_has_no_mistake() -> None:
    assert config.check_file(OURS) == []
    config.require_valid()


def test_every_knob_has_its_reason_or_a_name_that_says_it() -> None:
    sections = {section.__name__ for section in config.SECTIONS}
    assert sections <= {line.strip("[]") for line in OURS.read_text().splitlines() if line.startswith("[")}


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ("top_makes = 20", "top_make = 20\ntop_makes = 20", "[Reporting] top_make is unknown. Did you mean top_makes?"),
        ("top_makes = 20", "colour = red\ntop_makes = 20", "[Reporting] colour is unknown. Remove it."),
        ("top_makes = 20", "", "[Reporting] top_makes is missing: add it."),
        ("workers = 2", "worker = 2", "[core] worker is unknown. Did you mean workers?"),
        ("[Reporting]", "[Report]", "section [Report] is unknown. Did you mean Reporting?"),
        ("top_makes = 20", "top_makes = many", "[Reporting] top_makes = many is not of the kind int"),
        ("moment = T1", "moment = T7", "[Severity] moment = T7 is not of the kind choice"),
        (
            "keep_releases = 2",
            "keep_releases = -1",
            "[Publication] keep_releases = -1 is not of the kind count: 0 or more expected, -1 found.",
        ),
        ('base = ["PRE1982"', "base = [PRE1982", "[Sources] base = "),
        ("[Reporting]", "[Reporting", "cannot be read as a configuration file"),
    ],
)
def test_a_mistake_has_its_sentence(tmp_path: Path, old: str, new: str, sentence: str) -> None:
    assert any(sentence in mistake for mistake in config.check_file(changed(tmp_path, old, new)))


def test_all_mistakes_are_shown_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "mine.cfg"
    path.write_text("[Training]\nrounds = few\nsede = 1\n[Sauces]\n")
    monkeypatch.setenv("LUIGI_CONFIG_PATH", str(path))
    with pytest.raises(PipelineError) as caught:
        config.require_valid()
    assert all(word in str(caught.value) for word in ("rounds = few", "sede is unknown", "[Sauces] is unknown"))
    assert "missing" not in str(caught.value)

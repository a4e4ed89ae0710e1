"""What is said of a value: the reason of its flag, and the correction that took it out."""

import pytest

from pipeline.eras import Era, eras
from pipeline.relations import flags, provenance


@pytest.mark.parametrize("era", eras(), ids=lambda era: era.name)
def test_a_flag_says_the_reason_of_its_own_rule(era: Era) -> None:
    rules = flags.rules(era.name)
    assert rules
    for rule in rules:
        said = provenance.reason(era, rule.table, rule.flag)
        assert f"-- flags: {rule.table}.{rule.column} {said}" in rule.path.read_text().splitlines()


def test_a_flag_of_typing_says_that_the_text_has_no_value() -> None:
    (era,) = [era for era in eras() if era.name == "avall"]
    assert provenance.reason(era, "events", "latitude_out_of_range") == "the raw text has no typed value"
    assert provenance.reason(era, "events", "event_in_both_files") == ""

"""The form of the rules that assign families and classes to aircraft."""

import csv
import re
from collections import Counter

from pipeline.sources import FOLDER

REFERENCE = FOLDER / "reference"
# What patterns may contain: text in upper case, and syntax that PostgreSQL and Python read alike.
PATTERN = r"(?:[A-Z0-9 &.*+?|\[\]{},-]|\((?:\?!)?|\)|(?<=\[)\^|\$)+"


def read(name: str) -> list[dict[str, str]]:
    with (REFERENCE / name).open(newline="", encoding="utf-8") as stream:
        return list(csv.DictReader(stream))


RULES, CLASSES = read("aircraft_families.csv"), read("aircraft_classes.csv")


def test_every_rule_has_patterns_that_match_whole_upper_case_names() -> None:
    for number, rule in enumerate(RULES, start=2):
        for column in ("make_pattern", "model_pattern"):
            assert re.fullmatch(PATTERN, rule[column]), (number, rule[column])
            assert re.compile(rule[column]).groups >= 0
        assert not re.search("[^A-Z0-9.*+?|(){}!^$,\\[\\]-]", rule["model_pattern"]), (number, rule["model_pattern"])


def test_every_rule_has_a_family_a_source_and_values_of_the_lists() -> None:
    categories = {row["modern"] for row in csv.DictReader((FOLDER / "mappings/category.csv").open(encoding="utf-8"))}
    names = {row["class"] for row in CLASSES} | {""}
    source = r"ICAO Doc 8643: [A-Z0-9]{2,4}|Not in ICAO Doc 8643; manufacturer's name of the type"
    for number, rule in enumerate(RULES, start=2):
        assert rule["family"] and re.fullmatch(source, rule["source"]), (number, rule)
        assert rule["class"] in names and rule["homebuilt"] in ("", "Y", "N"), (number, rule)
        assert rule["category"] in categories | {""}, (number, rule)


def test_rules_and_classes_are_unique() -> None:
    keys = Counter((rule["make_pattern"], rule["model_pattern"], rule["homebuilt"], rule["category"]) for rule in RULES)
    assert [key for key, times in keys.items() if times > 1] == []
    assert len({row["class"] for row in CLASSES}) == len(CLASSES)


def test_rules_of_any_make_need_a_distinctive_model() -> None:
    """A pattern for every make and every model would decide for aircraft that were not reviewed."""
    any_make = [rule for rule in RULES if re.fullmatch(rule["make_pattern"], "NO MAKE")]
    assert any_make and [rule for rule in any_make if re.fullmatch(rule["model_pattern"], "NOMODEL1")] == []
    assert [rule for rule in any_make if re.fullmatch(rule["model_pattern"], "")] == []

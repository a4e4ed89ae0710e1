"""Names of an Access file that cannot be told apart once they are names of the raw schema."""

from pipeline.warehouse.raw_tables import AccessTable, find_name_clashes


def test_names_that_differ_do_not_clash() -> None:
    assert (
        find_name_clashes([AccessTable("events", ("ev_id", "ev id2"), 1), AccessTable("aircraft", ("ev_id",), 1)]) == []
    )


def test_all_clashes_are_told_at_once() -> None:
    found = [AccessTable("events", ("ev_id", "Source Row", "a b", "A_B"), 1), AccessTable("Inventory", ("code",), 1)]
    assert find_name_clashes(found) == [
        "tables Inventory clash with the pipeline's own as inventory",
        "columns events.Source Row clash with the pipeline's own as source_row",
        "columns events.a b, events.A_B clash as a_b",
    ]

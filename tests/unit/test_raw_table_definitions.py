"""Names of an Access file that become equal in the raw schema."""

from pipeline.warehouse.raw_tables import AccessTable, find_name_clashes


def test_different_names_do_not_clash() -> None:
    assert (
        find_name_clashes([AccessTable("events", ("ev_id", "ev id2"), 1), AccessTable("aircraft", ("ev_id",), 1)]) == []
    )


def test_all_clashes_are_reported_at_once() -> None:
    tables = [AccessTable("events", ("ev_id", "Source Row", "a b", "A_B"), 1), AccessTable("Inventory", ("code",), 1)]
    assert find_name_clashes(tables) == [
        "tables Inventory clash with the pipeline's own as inventory",
        "columns events.Source Row clash with the pipeline's own as source_row",
        "columns events.a b, events.A_B clash as a_b",
    ]

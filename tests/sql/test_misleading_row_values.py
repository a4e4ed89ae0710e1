"""Views interpret misleading rows: totals among counts, causes stated twice, placeholders and default values."""

from empty_mart import mart as mart
from empty_mart import prepared as prepared
from psycopg2.extensions import connection as Connection
from tables import load, rows


def test_injury_counts_leave_totals_out(mart: Connection) -> None:
    """ABRD and TOTL are totals of the other rows: with them, three persons would count as twelve.

    A row whose category or level is unknown is no total.
    """
    load(
        mart,
        "injury",
        """
        | ev_id | aircraft_key | inj_person_category | injury_level | inj_person_count |
        | old   | 1            | PLT                 | FATL         | 1                |
        | old   | 1            | PAX                 | NONE         | 2                |
        | old   | 1            | PAX                 | TOTL         | 2                |
        | old   | 1            | ABRD                | FATL         | 1                |
        | old   | 1            | ABRD                | NONE         | 2                |
        | old   | 1            | ABRD                | TOTL         | 3                |
        | new   | 1            | Flig                | MINR         | 2                |
        | new   | 1            | Pass                | NONE         | 4                |
        | new   | 1            | LapC                | NONE         | 1                |
        | new   | 1            | Dogs                | NONE         | 1                |
        | gap   | 1            |                     | NONE         | 1                |
        | gap   | 1            | PAX                 |              | 1                |
        | gap   | 1            |                     | TOTL         | 2                |
        """,
    )
    query = (
        "select ev_id, person_group, sum(inj_person_count) from injury_counts group by 1, 2 order by 1, 2 nulls last"
    )
    assert rows(mart, query) == [
        ("gap", "PASSENGERS", 1), ("gap", None, 1),
        ("new", "CREW", 2), ("new", "LAP CHILDREN", 1), ("new", "PASSENGERS", 4), ("new", None, 1),
        ("old", "CREW", 1), ("old", "PASSENGERS", 2),
    ]  # fmt: skip


def test_finding_role_comes_from_cause_factor_or_cm_inpc(mart: Connection) -> None:
    """C and F until 2020, also after the description; cm_inpc in any spelling since then; empty is not a no."""
    load(
        mart,
        "findings",
        """
        | ev_id | aircraft_key | finding_no | finding_code | cause_factor | cm_inpc | finding_description |
        | e     | 1            | 1          | 0206304044   | C            | TRUE    |                     |
        | e     | 1            | 2          | 0106304044   | F            |         | Fuel - F            |
        | e     | 1            | 3          | 0306304044   |              | -1      | Fuel-C              |
        | e     | 1            | 4          | 0306304044   | ''           | 0       | Fuel - Carburetor   |
        | e     | 1            | 5          | 0306304044   |              |         | Fuel - X            |
        | e     | 1            | 6          | 0306304044   | C            | F       |                     |
        | e     | 1            | 7          | 0306304044   |              | TRUE    | Fuel - C~           |
        | e     | 1            | 8          | 0306304044   | ''           |         | Fuel - F            |
        | e     | 1            | 9          | 0306304044   | C            | TRUE    | Fuel - F            |
        | e     | 1            | 10         | 0306304044   |              | 0       | Fuel - C            |
        """,
    )
    with mart.cursor() as cursor:
        cursor.execute("update findings set finding_description = replace(finding_description, '~', ' ')")
    query = "select finding_no, category_no, role, role_source, is_contradicted from finding_causes order by 1"
    assert rows(mart, query) == [
        (1, "02", "CAUSE", "cause_factor", False), (2, "01", "FACTOR", "cause_factor", None),
        (3, "03", "CAUSE OR FACTOR", "cm_inpc", False), (4, "03", "NEITHER", "cm_inpc", False),
        (5, "03", None, None, False), (6, "03", "CAUSE", "cause_factor", True),
        (7, "03", "CAUSE", "finding_description", False), (8, "03", "FACTOR", "finding_description", None),
        (9, "03", "CAUSE", "cause_factor", True), (10, "03", "CAUSE", "finding_description", True),
    ]  # fmt: skip


def test_the_word_import_is_a_placeholder_not_a_narrative(mart: Connection) -> None:
    with mart.cursor() as cursor:
        insert = (
            "insert into narratives (ev_id, aircraft_key, narr_accp, narr_cause, narr_inc) values (%s, 1, %s, %s, '')"
        )
        cursor.execute(insert,
                       ("e", "Import\r\n", "An important cause."))  # fmt: skip
    assert rows(mart, "select kind, characters, reason from narrative_missingness order by kind") == [
        ("narr_accf", None, "missing"), ("narr_accp", None, "placeholder"), ("narr_cause", 19, None),
        ("narr_inc", None, "empty"),
    ]  # fmt: skip


def test_default_no_is_distinguished_by_era(mart: Connection) -> None:
    """Access fills these columns with no: an era without a yes did not record them."""
    load(
        mart,
        "aircraft",
        "| ev_id | unmanned | era |\n| a | true | avall |\n| b | false | avall |\n| c | false | pre2008 |",
    )
    query = """
        select era, times_yes, times_no_or_missing, times_missing, has_explicit_yes from implicit_no_columns
        where column_name = 'unmanned' order by era
    """
    assert rows(mart, query) == [("avall", 1, 1, 0, True), ("pre2008", 0, 1, 0, False)]


def test_fill_values_of_aircraft_have_reasons(mart: Connection) -> None:
    """Zero hours and midnight usually mean not recorded; 2 January 2000 means unknown."""
    load(
        mart,
        "aircraft",
        """
        | ev_id | aircraft_key | regis_no | dprt_time | date_last_insp | afm_hrs | acft_year | total_seats | era     |
        | a     | 1            | N1       | 21:43     | 1992-10-27     | 7971    | 1980      | 4           | avall   |
        | b     | 1            | unk      | 00:00     | 2000-01-02     | 0       | 0         | 0           | pre2008 |
        | c     | 1            | NONE     |           |                |         |           |             | avall   |
        | old   | 1            |          |           |                | 100     |           |             | pre1982 |
        """,
    )
    reasons = ", ".join(
        f"{column}_reason"
        for column in ("regis_no", "dprt_time", "date_last_insp", "afm_hrs", "acft_year", "total_seats")
    )
    assert rows(mart, f"select ev_id, {reasons} from aircraft_missingness order by 1") == [
        ("a", *[None] * 6), ("b", "unknown", "zero", "unknown", "zero", "zero", "zero"),
        ("c", "not applicable", *["missing"] * 5),
        ("old", "missing", "not applicable", "not applicable", None, "not applicable", "not applicable"),
    ]  # fmt: skip


def test_zero_engine_hours_are_doubtful(mart: Connection) -> None:
    load(
        mart,
        "engines",
        """
        | ev_id | aircraft_key | eng_no | power_units | eng_time_total | eng_time_overhaul | era     |
        | a     | 1            | 1      | 180         | 0              | 12                | avall   |
        | b     | 1            | 1      | 0           | 1587           |                   | avall   |
        | old   | 1            | 1      |             |                | 0                 | pre1982 |
        """,
    )
    reasons = "power_units_reason, eng_time_total_reason, eng_time_last_insp_reason, eng_time_overhaul_reason"
    assert rows(mart, f"select ev_id, {reasons} from engine_missingness order by 1") == [
        ("a", None, "zero", "missing", None), ("b", "zero", None, "missing", "missing"),
        ("old", "not applicable", "not applicable", "not applicable", "zero"),
    ]  # fmt: skip

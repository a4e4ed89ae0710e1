"""Rates per flight hour over small tables, with hand-computed counts; limits against SciPy and hand-computed ones."""

from collections.abc import Iterator
from math import sqrt

import pytest
from empty_mart import prepared as prepared
from psycopg2.extensions import connection as Connection
from scipy import stats
from tables import load, rows

from pipeline.errors import InvalidMapping
from pipeline.warehouse import mappings

# Each event says what it is; all are accidents of 2010 in the United States unless stated.
EVENTS = """
    | ev_id      | ev_type | ev_date    | ev_country | ev_highest_injury |
    | ga         | ACC     | 2010-01-01 | USA        | FATL              |
    | ga crop    | acc     | 2010-01-02 | USA        | NONE              |
    | ga pair    | ACC     | 2010-01-03 | USA        | SERS              |
    | ga no reg  | ACC     | 2010-01-04 | USA        | MINR              |
    | incident   | INC     | 2010-01-05 | USA        | NONE              |
    | abroad     | ACC     | 2010-01-06 | MX         | FATL              |
    | foreign    | ACC     | 2010-01-07 | USA        | FATL              |
    | unreg      | ACC     | 2010-01-08 | USA        | FATL              |
    | stolen     | ACC     | 2010-01-09 | USA        | FATL              |
    | suicide    | ACC     | 2010-01-10 | USA        | FATL              |
    | unknown op | ACC     | 2010-01-11 | USA        | FATL              |
    | airline    | ACC     | 2010-01-12 | MX         | NONE              |
    | charter    | ACC     | 2010-01-13 | USA        | NONE              |
    | commuter   | ACC     | 2010-01-14 | USA        | FATL              |
    | taxi       | ACC     | 2010-01-15 | USA        | FATL              |
    | taxi blank | ACC     | 2010-01-16 | USA        | NONE              |
    | taxi away  | ACC     | 2010-01-17 | CA         | NONE              |
    | mixed      | ACC     | 2010-01-18 | USA        | NONE              |
    | next year  | ACC     | 2011-01-01 | USA        | NONE              |
"""
AIRCRAFT = """
    | ev_id      | aircraft_key | far_part | regis_no | oper_sched | acft_make           | acft_model |
    | ga         | 1            | 091      | N1       |            | Robinson Helicopter | R-44 II    |
    | ga crop    | 1            | 137      | n23AB    |            | AIR TRACTOR         | AT 502     |
    | ga pair    | 1            | 091      | N2       |            | CESSNA              | 172        |
    | ga pair    | 2            | PUBU     | N3       |            | ROBINSON            | R44        |
    | ga no reg  | 1            | 091K     |          |            |                     |            |
    | incident   | 1            | 091      | N4       |            | ROBINSON            | R44        |
    | abroad     | 1            | 091      | N5       |            | ROBINSON            | R44        |
    | foreign    | 1            | 091      | C-GABC   |            | ROBINSON            | R44        |
    | unreg      | 1            | 091      | NONE     |            | ROBINSON            | R44        |
    | stolen     | 1            | 091      | N6       |            | ROBINSON            | R44        |
    | suicide    | 1            | 091      | N7       |            | CESSNA              | 152        |
    | unknown op | 1            | UNK      | N8       |            | CESSNA              | 152        |
    | airline    | 1            | 121      | N9       | SCHD       | BOEING              | 737        |
    | charter    | 1            | 121      | N10      | NSCH       | BOEING              | 747        |
    | commuter   | 1            | 135      | N11      | SCHD       | CESSNA              | 208        |
    | taxi       | 1            | 135      | N12      | NSCH       | ROBINSON            | R44        |
    | taxi blank | 1            | 135      | N13      |            | BELL                | 206L-3     |
    | taxi away  | 1            | 135      | N14      | NSCH       | BELL                | 206        |
    | mixed      | 1            | 121      | N15      | SCHD       | BOEING              | 737        |
    | mixed      | 2            | 091      | N16      |            | CESSNA              | 172        |
    | next year  | 1            | 091      | N17      |            | ROBINSON            | R44        |
"""
FINDINGS = "| ev_id | aircraft_key | finding_no | finding_code |\n| stolen | 1 | 1 | 0205102044 |"
SUBJECTS = (
    "| ev_id | aircraft_key | occurrence_no | seq_event_no | group_code | subj_code |\n"
    "| suicide | 1 | 1 | 1 | 1 | 24707 |\n| ga | 1 | 1 | 1 | 1 | 24706 |"
)
# Several definitions with round hours, so that the rate per 100,000 is the count times a power of ten.
HOURS = """
    | year | operation  | aircraft_class | flight_hours | standard_error | definition               |
    | 2010 | ga         | all            | 100000       |                | ntsb_general_aviation    |
    | 2010 | airline    | all            | 1000000      |                | ntsb_part_121            |
    | 2010 | scheduled  | all            | 100000       |                | ntsb_part_121_scheduled  |
    | 2010 | charter    | all            | 100000       |                | ntsb_part_121_nonscheduled |
    | 2010 | commuter   | all            | 50000        |                | ntsb_part_135_scheduled  |
    | 2010 | taxi       | all            | 200000       |                | ntsb_part_135_on_demand  |
    | 1981 | survey     | ROBINSON R44   | 700000       | 10             | faa_survey_model         |
    | 2010 | survey     | ROBINSON R44   | 100000       | 10             | faa_survey_model         |
    | 2011 | survey     | ROBINSON R44   | 300000       | 5              | faa_survey_model         |
    | 2010 | survey     | BELL 206       | 100000       |                | faa_survey_model         |
    | 2010 | miles only | all            |              |                | ntsb_general_aviation    |
    | 1980 | early      | all            | 100000       |                | ntsb_general_aviation    |
    | 1999 | no events  | all            | 100000       |                | ntsb_general_aviation    |
    | 2010 | own        | all            | 100000       |                | of_the_user              |
    | 2010 | total      | all            | 100000       |                | faa_survey_total         |
    | 2010 | class      | ROBINSON R44   | 100000       |                | ntsb_general_aviation    |
    | 2010 | no class   | all            | 100000       |                | faa_survey_model         |
    | 2010 | new class  | PIPER PA-28    | 100000       |                | faa_survey_model         |
"""
REFRESHED = (
    "code_harmonization",
    "aircraft_harmonized",
    "mv_yearly_stats",
    "rate_accidents",
    "reconciliation",
    "mv_rates",
)


@pytest.fixture
def mart(prepared: Connection) -> Iterator[Connection]:
    """The rows above under every view, in a transaction that is rolled back."""
    with prepared.cursor() as cursor:
        cursor.execute("begin")
        load(prepared, "events", EVENTS)
        load(prepared, "aircraft", AIRCRAFT)
        load(prepared, "findings", FINDINGS)
        load(prepared, "seq_of_events", SUBJECTS)
        cursor.execute("delete from flight_activity")
        cursor.execute("alter table flight_activity alter line set default 1, alter list set default 'test'")
        cursor.execute("alter table flight_activity drop constraint flight_activity_pkey")
        load(prepared, "flight_activity", HOURS)
        for view in REFRESHED:
            cursor.execute(f"refresh materialized view {view}")
        yield prepared
        cursor.execute("rollback")


def test_each_definition_counts_its_accidents(mart: Connection) -> None:
    """The pair is one accident; the mixed collision belongs to two definitions; is_excluded ones are listed too."""
    query = """
        select definition, aircraft_class,
            string_agg(ev_id || case when is_excluded then '*' else '' end, ', ' order by ev_id)
        from rate_accidents where ev_year = 2010 group by 1, 2 order by 1, 2
    """
    assert rows(mart, query) == [
        ("faa_survey_model", "BELL 206", "taxi blank"),
        ("faa_survey_model", "ROBINSON R44", "ga, ga pair, stolen*, taxi"),
        ("ntsb_general_aviation", "all", "ga, ga crop, ga no reg, ga pair, mixed, stolen*, suicide*"),
        ("ntsb_part_121", "all", "airline, charter, mixed"),
        ("ntsb_part_121_nonscheduled", "all", "charter"),
        ("ntsb_part_121_scheduled", "all", "airline, mixed"),
        ("ntsb_part_135_on_demand", "all", "taxi, taxi blank"),
        ("ntsb_part_135_scheduled", "all", "commuter"),
    ]


def test_without_their_files_optional_tables_are_empty(database: Connection, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mappings, "csv_files", lambda name: [])
    with database.cursor() as cursor:
        cursor.execute("set search_path = candidate, public")
        for name in mappings.OPTIONAL_TABLES:
            mappings.fill_table(cursor, name)
            assert rows(database, f"select count(*) from {name}") == [(0,)]
        with pytest.raises(InvalidMapping, match="found 0"):
            mappings.fill_table(cursor, "mapping")


def test_rates_are_counts_per_100_000_hours(mart: Connection) -> None:
    query = """
        select operation, accidents, fatal_accidents, excluded_accidents, accidents_of_unknown_registration,
            accident_rate, fatal_rate
        from mv_rates where aircraft_class = 'all' and no_rate_reason is null order by 1
    """
    assert rows(mart, query) == [
        ("airline", 3, 0, 0, 0, 0.3, 0.0),
        ("charter", 1, 0, 0, 0, 1.0, 0.0),
        ("commuter", 1, 1, 0, 0, 2.0, 2.0),
        ("ga", 5, 1, 2, 1, 5.0, 1.0),
        ("scheduled", 2, 0, 0, 0, 2.0, 0.0),
        ("taxi", 2, 1, 0, 0, 1.0, 0.5),
    ]


def test_accidents_with_unknown_severity_are_counted_as_such_and_not_as_fatal(mart: Connection) -> None:
    with mart.cursor() as cursor:
        cursor.execute("update events set ev_highest_injury = null where ev_id in ('ga', 'stolen')")
        for view in ("rate_accidents", "mv_rates"):
            cursor.execute(f"refresh materialized view {view}")
    columns = "accidents, fatal_accidents, accidents_with_unknown_severity, excluded_accidents, fatal_rate"
    query = f"select {columns} from mv_rates where operation = %s and last_year = 2010 and aircraft_class <> 'BELL 206'"
    assert rows(mart, query, "ga") == [(5, 0, 1, 2, 0.0)]
    assert rows(mart, query, "survey") == [(3, 1, 1, 1, 1.0)]
    assert rows(mart, query, "own") == [(None, None, None, None, None)]


def test_classes_have_a_rate_over_all_years_with_combined_errors(mart: Connection) -> None:
    """Standard errors of 10,000 and 15,000 hours combine to the root of the sum of their squares; 1981 has no count."""
    query = """
        select first_year, last_year, years, years_with_error, accidents, fatal_accidents, flight_hours, standard_error,
            accident_rate
        from mv_rates where aircraft_class = 'ROBINSON R44' and operation = 'survey' order by 1, 2
    """
    assert rows(mart, query) == [
        (1981, 1981, 1, 1, None, None, 700000, 70000.0, None),
        (2010, 2010, 1, 1, 3, 2, 100000, 10000.0, 3.0),
        (2010, 2011, 2, 2, 4, 2, 400000, round(sqrt(10000**2 + 15000**2), 1), 1.0),
        (2011, 2011, 1, 1, 1, 0, 300000, 15000.0, round(1 / 3, 5)),
    ]


def test_there_is_a_reason_where_there_is_no_rate(mart: Connection) -> None:
    query = "select operation, accidents, no_rate_reason from mv_rates where no_rate_reason is not null order by 1"
    no_class = "The definition does not count accidents of this class of aircraft."
    (total,) = rows(mart, "select no_rate_reason from rate_population where definition = 'faa_survey_total'")
    assert rows(mart, query) == [
        ("class", None, no_class),
        ("early", None, "Accidents by this definition are coded since 1982 only."),
        ("miles only", 5, "The source has no flight hours."),
        ("new class", None, no_class),
        ("no class", None, no_class),
        ("no events", None, "This release has no events of the year."),
        ("own", None, "rate_population has no such definition, so no accidents match."),
        ("survey", None, "Accidents by this definition are coded since 1982 only."),
        ("total", None, *total),
    ]
    missing = "accident_rate is null and fatal_rate is null and accident_rate_upper is null"
    assert rows(mart, f"select count(*) from mv_rates where (no_rate_reason is null) = ({missing})") == [(0,)]


def test_the_share_of_the_release_is_that_of_published_events(mart: Connection) -> None:
    query = "select figure::integer from published_series where (series, item, measure) = ('year', '2010', 'events')"
    ((published,),) = rows(mart, query)
    assert rows(mart, "select release_share from mv_rates where operation = 'ga'") == [(18 / published,)]


@pytest.mark.parametrize("count", [0, 1, 2, 3, 10, 38, 100, 1611, 2739, 20000])
def test_poisson_limits_are_exact(prepared: Connection, count: int) -> None:
    ((lower, upper),) = rows(prepared, "select * from mart.poisson_limits(%s)", count)
    assert lower == pytest.approx(stats.chi2.ppf(0.025, 2 * count) / 2 if count else 0, rel=1e-9)
    assert upper == pytest.approx(stats.chi2.ppf(0.975, 2 * count + 2) / 2, rel=1e-9)


def test_limits_without_an_error_of_the_hours_are_those_of_the_count(prepared: Connection) -> None:
    (limits,) = rows(prepared, "select * from mart.rate_limits(10, 1000000, null)")
    assert limits == (1.0, 0.47954, 1.83904)
    assert rows(prepared, "select * from mart.rate_limits(10, 1000000, 0)") == [limits]


def test_an_error_of_the_hours_widens_the_limits(prepared: Connection) -> None:
    """MOVER-R by hand: n = 10, h = 1,000,000, s = 100,000, d = h^2 - (1.96 s)^2."""
    lower, upper = stats.chi2.ppf(0.025, 20) / 2, stats.chi2.ppf(0.975, 22) / 2
    divisor = 1e12 - (stats.norm.ppf(0.975) * 1e5) ** 2
    expected = (
        1.0,
        (1e7 - sqrt(1e14 - divisor * lower * (20 - lower))) / divisor * 1e5,
        (1e7 + sqrt(1e14 - divisor * upper * (20 - upper))) / divisor * 1e5,
    )
    (limits,) = rows(prepared, "select * from mart.rate_limits(10, 1000000, 100000)")
    assert limits == pytest.approx(expected, abs=1e-5)
    assert limits[1] < 0.47954 and limits[2] > 1.83904


def test_limits_of_no_accidents(prepared: Connection) -> None:
    ((rate, lower, upper),) = rows(prepared, "select * from mart.rate_limits(0, 100000, 10000)")
    assert (rate, lower) == (0.0, 0.0)
    assert upper == pytest.approx(3.688879454 / sqrt(1 - 0.1959963985**2), abs=1e-5)


def test_hours_that_may_be_zero_give_no_limits(prepared: Connection) -> None:
    assert rows(prepared, "select * from mart.rate_limits(4, 100000, 60000)") == [(4.0, None, None)]
    assert rows(prepared, "select * from mart.rate_limits(4, 0, null)") == [(None, None, None)]
    assert rows(prepared, "select * from mart.rate_limits(null, 100000, null)")[0][0] is None


def test_published_statistics_are_compared_with_the_accidents_of_their_definition(mart: Connection) -> None:
    """NTSB's counts include suicide and stolen aircraft; years before 1982 and without events have no count."""
    query = """
        select series, item, measure, release_count, unknown_operation, unknown_registration, year_end
        from reconciliation
        where definition is not null and (item in ('2010', '1980') and series <> 'part 135 on demand' or item = '1990')
        order by series, item, measure
    """
    counts = {(series, item, measure): tuple(values) for series, item, measure, *values in rows(mart, query)}
    assert counts["general aviation", "2010", "accidents"] == (7, 1, 1, 1)
    assert counts["general aviation", "2010", "fatal accidents"] == (3, 1, 1, 1)
    assert counts["part 135 scheduled", "2010", "accidents"][0] == 1
    for series, item, measure in counts:
        if item != "2010":
            assert counts[series, item, measure][0] is None, (series, item, measure)


def test_a_fatal_accident_without_a_number_of_deaths_is_not_counted_as_zero_deaths(mart: Connection) -> None:
    query = """
        select series, release_count, unknown_deaths from reconciliation
        where measure = 'deaths' and item = '2010' and series <> 'part 135 on demand' order by series collate "C"
    """
    assert rows(mart, query) == [("general aviation", None, 3), ("part 135 scheduled", None, 1)]
    with mart.cursor() as cursor:
        cursor.execute("update events set inj_tot_f = 2 where ev_id = 'ga'")
        cursor.execute("update events set ev_highest_injury = 'NONE' where ev_id = 'commuter'")
        cursor.execute("refresh materialized view rate_accidents; refresh materialized view reconciliation")
    assert rows(mart, query) == [("general aviation", 2, 2), ("part 135 scheduled", 0, 0)]

"""Flight hours, certificates and ratings of each crew member, in one row."""

from empty_mart import mart as mart
from empty_mart import prepared as prepared
from psycopg2.extensions import connection as Connection
from tables import load, rows

CREW = """
    | ev_id | aircraft_key | crew_no | crew_category | crew_age | med_certf | ft_as_of   |
    | e1    | 1            | 1       | plt           | 40       | cl3       | 2020-01-02 |
    | e1    | 1            | 2       | CPLT          | 0        |           |            |
    | e1    | 2            | 1       |               | 131      |           |            |
"""
FLIGHT_TIME = """
    | ev_id | aircraft_key | crew_no | flight_type | flight_craft | flight_hours |
    | e1    | 1            | 1       | TOTL        | ALL          | 1500.5       |
    | e1    | 1            | 1       | totl        | make         | 120          |
    | e1    | 1            | 1       | L90D        | ALL          | 60           |
    | e1    | 1            | 1       | L30D        | ALL          | 20           |
    | e1    | 1            | 1       | L24H        | ALL          | 0            |
    | e1    | 1            | 1       | L24H        | MAKE         | 3            |
    | e1    | 1            | 1       | PIC         | ALL          | 1400         |
    | e1    | 1            | 1       | TOTL        | NGHT         | 1600         |
    | e1    | 1            | 2       | TOTL        | ALL          | 91835        |
    | e1    | 1            | 2       | TOTL        | MAKE         | -1           |
    | e1    | 1            | 2       | L90D        | ALL          | 2161         |
    | e1    | 1            | 2       | L30D        | ALL          | 721          |
    | e1    | 1            | 2       | L24H        | ALL          | 24.5         |
    | e1    | 2            | 1       | L24H        | ALL          | 24           |
    | e1    | 2            | 1       | TOTL        | ALL          |              |
"""
QUALIFICATIONS = """
    | ev_id | aircraft_key | crew_no | col_name          | code |
    | e1    | 1            | 1       | crew_cert_code    | comm |
    | e1    | 1            | 1       | crew_cert_code    | CFI  |
    | e1    | 1            | 1       | crew_cert_code1   | CFI  |
    | e1    | 1            | 1       | crew_rat_airpln   | SEL  |
    | e1    | 1            | 1       | crew_rat_airpln   | MEL  |
    | e1    | 1            | 1       | crew_rat_roto0    | NONE |
    | e1    | 1            | 1       | crew_rat_instrum  | APLN |
    | e1    | 1            | 1       | crew_rat_instruct | IAIR |
    | e1    | 1            | 1       | crew_rat_instruct | ASE  |
    | e1    | 1            | 2       | Crew_Cert_Code    | ATP  |
    | e1    | 1            | 2       | crew_rat_airpln   | ''   |
    | e1    | 1            | 2       | other_list        | ABC  |
"""
HOURS = "hours_total, hours_make_model, hours_last_90_days, hours_last_30_days, hours_last_24_hours"
RATINGS = "certificates, airplane_ratings, other_aircraft_ratings, instrument_ratings, instructor_ratings"


def fill(connection: Connection) -> None:
    """Insert the rows above."""
    for table, text in (("flight_crew", CREW), ("flight_time", FLIGHT_TIME), ("dt_flight_crew", QUALIFICATIONS)):
        load(connection, table, text)


def test_a_crew_member_has_one_row_with_hours_in_all_aircraft_and_in_type(mart: Connection) -> None:
    """Hours at night, as pilot in command and in type within 24 hours are none of the five."""
    fill(mart)
    query = f"select aircraft_key, crew_no, {HOURS} from crew_hours order by 1, 2"
    assert rows(mart, query) == [
        (1, 1, 1500.5, 120.0, 60.0, 20.0, 0.0),
        (1, 2, None, None, None, None, None),
        (2, 1, None, None, None, None, 24.0),
    ]


def test_certificates_and_ratings_are_listed_once_in_order(mart: Connection) -> None:
    """NONE is a statement that there is none; nothing recorded is null."""
    fill(mart)
    query = f"select aircraft_key, crew_no, {RATINGS} from crew_hours order by 1, 2"
    assert rows(mart, query) == [
        (1, 1, "CFI, COMM", "MEL, SEL", "NONE", "APLN", "ASE, IAIR"),
        (1, 2, "ATP", None, None, None, None),
        (2, 1, None, None, None, None, None),
    ]


def test_codes_are_normalized_and_impossible_ages_null(mart: Connection) -> None:
    fill(mart)
    query = "select crew_category, crew_age, med_certf, ft_as_of::text from crew_hours order by aircraft_key, crew_no"
    assert rows(mart, query) == [("PLT", 40, "CL3", "2020-01-02"), ("CPLT", None, None, None), (None, None, None, None)]


def test_one_event_is_looked_up_by_index(mart: Connection) -> None:
    """A condition on ev_id reaches all three tables, so that their indexes can be used."""
    fill(mart)
    plan = "\n".join(line for (line,) in rows(mart, "explain select * from crew_hours where ev_id = 'e1'"))
    assert plan.count("(ev_id = 'e1'::text)") == 3

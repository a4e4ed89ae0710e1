"""Sample rows of published tables in which a wrong count is visible, and the views over them.

Event 1 is a collision of two aircraft; 2 has complete data and no injuries; 3 is abroad with a death on the ground; 4
has little data; 5 has no date and no aircraft. A tilde is a blank that NTSB pads text with.
"""

from psycopg2.extensions import connection as Connection
from tables import load, rows

from pipeline.warehouse import mappings, views

EVENTS = """
    | ev_id          | ev_date    | ev_country | ev_state | ev_highest_injury | inj_tot_f | inj_f_grnd | ev_nr_apt_id |
    | 20200102X00001 | 2020-01-02 | USA        | CA       | FATL              | 3         |            |              |
    | 20200102X00002 | 2020-06-01 | USA        | ca       | NONE              | 0         | 0          |              |
    | 20200102X00003 | 2020-07-01 | CA         |          | FATL              | 0         | 1          |              |
    | 20200102X00004 | 2019-07-01 | USA        |          | UNKN              |           |            | SPB          |
    | 20200102X00005 |            | USA        | ZZ       |                   | 0         |            |              |
"""
COORDINATES = {"20200102X00001": (40, -100), "20200102X00002": (0, 0)}
AIRCRAFT = """
    | ev_id          | aircraft_key | acft_make  | acft_model | damage | acft_category | far_part |
    | 20200102X00001 | 3            | Cessna     | 172        | DEST   | AIR           | 091      |
    | 20200102X00001 | 2            | ~CESSNA~  | 172        | SUBS   | HELI          | 091      |
    | 20200102X00002 | 1            | PIPER      |            | UNK    | AIR           | 121      |
    | 20200102X00003 | 1            | PIPER      | PA28       | DEST   | QQQ           |          |
    | 20200102X00004 | 1            |            |            |        |               |          |
"""
DICTIONARY = """
    | table       | column            | ct_name     | code_iaids | meaning   | source_row |
    | events      | ev_highest_injury | ct_inj_ix   | FATL       | Fatal     | 1          |
    | events      | ev_highest_injury | ct_inj_ix   | FATL       | Deadly    | 2          |
    | events      | ev_highest_injury | ct_inj_ix   | NONE       | None      | 3          |
    | events      | ev_state          | ct_states   | CA         | Canada    | 4          |
    | aircraft    | acft_category     | ct_acft_cat | AIR        | Airplane  | 5          |
    | aircraft    | acft_category     | ct_acft_cat |            | No code   | 6          |
    | Flight_Crew | crew_category     | ct_crew_cat | PLT        | Pilot     | 7          |
"""
LISTS = """
    | ct_name              | code_iaids | meaning    |
    | ct_acft_cat~~        | HELI       | Helicopter |
    | ct_acft_cat          | AIR        | Aeroplane  |
    | ct_other             | AIR        | Air        |
"""
CREW = """
    | ev_id          | aircraft_key | crew_no | crew_category | crew_age | crew_inj_level |
    | 20200102X00001 | 2            | 1       | PLT           | 40       | FATL           |
    | 20200102X00001 | 2            | 2       | PLT           | 0        | FATL           |
    | 20200102X00001 | 3            | 1       |  ~plt         | 50       | SERS           |
    | 20200102X00002 | 1            | 1       |               | 30       | NONE           |
"""
FINDINGS = """
    | ev_id          | aircraft_key | finding_no | finding_code | finding_description | cause_factor | cm_inpc |
    | 20200102X00001 | 2            | 1          | 0101         | Aircraft-Wing - C   | C            | TRUE    |
    | 20200102X00001 | 2            | 2          | 0101         | Aircraft-Wing       |              | 0       |
    | 20200102X00001 | 3            | 1          | ~0101~       | Aircraft-Wing-Old   | F            |         |
    | 20200102X00002 | 1            | 1          |              | Nothing known       |              |         |
"""
SEQUENCE = """
    | ev_id          | aircraft_key | occurrence_no | phase_no | defining_ev |
    | 20200102X00001 | 2            | 1             | 402      | false       |
    | 20200102X00001 | 2            | 2             | 553      | true        |
    | 20200102X00001 | 3            | 1             | ''       | true        |
    | 20200102X00001 | 3            | 2             | 350      | false       |
"""
OCCURRENCES = """
    | ev_id          | aircraft_key | occurrence_no | phase_of_flight |
    | 20200102X00002 | 1            | 1             |                 |
    | 20200102X00002 | 1            | 2             | 553             |
"""
INPUTS = {
    **{"events": EVENTS, "aircraft": AIRCRAFT, "eadmspub_datadictionary": DICTIONARY, "ct_iaids": LISTS},
    **{"flight_crew": CREW, "findings": FINDINGS, "events_sequence": SEQUENCE, "occurrences": OCCURRENCES},
    # An aircraft record of 1962-1981 without an event, to count its codes.
    "tblfirsthalf": "| recnum | type_craft | injury_index |\n| 40     | A          | F            |",
    "states": "| state | name         |\n| CA    | CALIFORNIA~ |",
}
PADDED = {
    **{"aircraft": "acft_make", "flight_crew": "crew_category", "findings": "finding_code"},
    **{"ct_iaids": "ct_name", "states": "name"},
}


def fill(connection: Connection) -> None:
    """Insert the rows into the tables on the search_path."""
    for table, text in INPUTS.items():
        load(connection, table, text)
    with connection.cursor() as cursor:
        for event, coordinates in COORDINATES.items():
            cursor.execute(
                "update events set (dec_latitude, dec_longitude) = (%s, %s) where ev_id = %s", (*coordinates, event)
            )
        cursor.execute("update events set ev_type = 'ACC' where ev_id = '20200102X00001'")
        for table, column in PADDED.items():
            cursor.execute(f"update {table} set {column} = replace({column}, '~', ' ')")


def make_views(connection: Connection) -> None:
    """Create mapping tables and views, in order of dependency, in the first schema of the search_path."""
    with connection.cursor() as cursor:
        for name in mappings.table_names():
            mappings.fill_table(cursor, name)
        for name in views.view_names():
            path = views.view_file(name)
            key = views.unique_key(path)
            cursor.execute(f"create {'materialized view' if key else 'view'} {name} as {path.read_text()}")
            if key:
                cursor.execute(f"create unique index on {name} ({', '.join(key)})")


def fan_out(view: str) -> str:
    """SQL that replaces a view by a table with every row twice, as a join that duplicates rows would give."""
    return f"""
        alter table {view} rename to {view}_once;
        create table {view} as select * from {view}_once union all select * from {view}_once
    """


def read_by(connection: Connection, view: str) -> set[str]:
    """Relations that a view reads, according to the database catalog."""
    query = """
        select distinct depend.refobjid::regclass::text
        from pg_depend as depend
        inner join pg_rewrite as rule on rule.oid = depend.objid and depend.classid = 'pg_rewrite'::regclass
        where rule.ev_class = %s::regclass and depend.refobjid <> rule.ev_class
            and depend.refclassid = 'pg_class'::regclass
    """
    return {relation for (relation,) in rows(connection, query, view)}

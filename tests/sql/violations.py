"""For every check, a statement after which valid rows violate it, and the row_key of the offending row."""

import mart_rows

EVENT = "20200102X00001"
ONE = f"where ev_id = '{EVENT}'"
TWELVE = """
    insert into events (ev_id, ev_date, era)
    select '20200102X1000' || n, '{}', '{}' from generate_series(0, 11) as n
"""
# {check: (statement that violates it, row_key of the offending row)}
VIOLATIONS = {
    "codes_uncounted": (
        "insert into ct_pre1982 (name, code, meang) values ('MIRROR', 'A', 'Used'); refresh materialized view codes",
        "MIRROR",
    ),
    "codes_unmapped": (
        "update tblfirsthalf set type_craft = '@'; refresh materialized view codes_in_use",
        "TYPE_CRAFT @",
    ),
    "codes_unknown": (
        "insert into unknown_code values ('avall', 'events', 'ev_highest_injury', 'FOO', 1)",
        "avall ev_highest_injury FOO",
    ),
    "codes_unknown_severity": (
        """
        insert into unknown_code values ('avall', 'events', 'ev_highest_injury', 'FOO', 5);
        update row_conservation set rows_in = 200
        """,
        "avall",
    ),
    "collisions_pre1982": ("", "one event"),
    "conservation_decoded_columns": (
        """
        insert into tblfirsthalf (recnum, elev_airpt, source_file, source_row)
        select 100 + n, '1,234', 'PRE1982', 100 + n from generate_series(1, 20) as n
        """,
        "apt_elev",
    ),
    "conservation_lost_values": (
        """
        insert into column_ledger (source_file, source_table, source_column, values_in, values_lost)
        values ('avall', 'events', 'ev_time', 60, 60)
        """,
        "avall ev_time",
    ),
    "conservation_one_file_per_event": (
        f"update flight_crew set source_file = 'up08NOV' {ONE} and crew_no = 2",
        "up08NOV 2",
    ),
    "conservation_pre1982": (
        "insert into tblfirsthalf (recnum, date_occurrence, source_file, source_row) "
        "values (7, '1970-01-02', 'PRE1982', 70)",
        "70",
    ),
    "conservation_published_rows": (f"delete from flight_crew {ONE}", "avall"),
    "conservation_quarantined_share": ("update row_conservation set rows_in = 40, rows_quarantined = 12", "avall"),
    "conservation_quarantined_rows": ("update row_conservation set rows_in = 999, rows_quarantined = 1", "avall"),
    "corrections_applied": (
        """
        insert into unapplied_correction (
            correction_id, kind, table_name, column_name, reason, detail, source, reviewer, review_date
        )
        values ('c1', 'value', 'events', 'ev_city', 'value differs', 'another value', 'docket', 'me', '2026-11-30')
        """,
        "c1",
    ),
    "conservation_rows": ("update row_conservation set rows_in = 8 where source_table = 'events'", "avall"),
    "conservation_unreadable_values": (
        """
        update row_conservation set source_file = 'PRE1982', source_table = 'tblFirstHalf', rows_in = 40
        where source_table = 'events';
        insert into flag (source_file, source_table, flag, source_column, value)
        select 'PRE1982', 'tblFirstHalf', 'time_invalid', 'time_occur', '12:30' from generate_series(1, 12)
        """,
        "PRE1982 time_occur",
    ),
    "coordinates_half": (f"update events set dec_longitude = null {ONE}", EVENT),
    "coordinates_in_bounds": (f"update events set dec_latitude = 91 {ONE}", EVENT),
    "coordinates_in_state": (
        """
        update events
        set (ev_state, dec_latitude, dec_longitude) = ('NJ', 39.95, -75.16),
            geom = st_setsrid(st_makepoint(-75.16, 39.95), 4326)
        where ev_id = '20200102X00002'
        """,
        "20200102X00002",
    ),
    "coordinates_in_usa": (f"update events set dec_longitude = 100 {ONE}", EVENT),
    "coordinates_zero": (f"update events set (dec_latitude, dec_longitude) = (0, 0) {ONE}", EVENT),
    "dates_after_last_change": (
        f"update events set lchg_date = '2020-01-31'; update events set ev_date = '2020-02-02' {ONE}",
        EVENT,
    ),
    "dates_api": (f"update events set (era, ev_date) = ('api', '2007-12-31') {ONE}", EVENT),
    "parity_undeclared": (
        "insert into source_parity values ('avall', 'events', 'ev_city', 9, 7, 1, 1, '', '1: Nome, Home')",
        "avall ev_city",
    ),
    "dates_avall": (f"update events set ev_date = '2007-12-31' {ONE}", EVENT),
    "dates_misread": (
        TWELVE.format("2062-07-23", "pre1982"),
        "pre1982",
    ),
    "dates_pre1982": (f"update events set (era, ev_date) = ('pre1982', '1982-01-01') {ONE}", EVENT),
    "dates_pre2008": (
        TWELVE.format("1948-10-24", "pre2008"),
        "20200102X10000",
    ),
    "duplicates_aircraft_and_day": (
        f"""
            update aircraft set regis_no = 'N12345' {ONE};
            insert into events (ev_id, ev_date) select 'X', ev_date from events {ONE};
            insert into aircraft (ev_id, aircraft_key, regis_no) values ('X', 1, 'n12345 ')
        """,
        "N12345 2020-01-02",
    ),
    "duplicates_primary_keys": (f"insert into aircraft select * from aircraft {ONE}", f"{EVENT} 2"),
    "duplicates_ntsb_no": (
        "update events set ntsb_no = 'LAX20LA001 ' where inj_tot_f > 0 or inj_f_grnd > 0",
        "LAX20LA001",
    ),
    "ev_id_form": (f"update events set ev_id = '20200102EL0001' {ONE}", "20200102EL0001"),
    "foreign_keys_orphans": (
        f"insert into engines (ev_id, aircraft_key) values ('{EVENT}', 9)",
        f"{EVENT} 9",
    ),
    "generated_ev_year": (f"update events set ev_year = 2019 {ONE}", EVENT),
    "generated_geom": (f"update events set geom = null {ONE}", EVENT),
    "generated_search_vector": (
        f"insert into narratives (ev_id, aircraft_key) values ('{EVENT}', 2)",
        f"{EVENT} 2",
    ),
    "grain_aircraft_summary": (mart_rows.fan_out("aircraft_summary"), f"{EVENT} 2"),
    "grain_code_meanings": (mart_rows.fan_out("code_meanings"), "events ev_state CA"),
    "grain_event_summary": (mart_rows.fan_out("event_summary"), EVENT),
    "grain_harmonized": (mart_rows.fan_out("event_harmonized"), "event_harmonized"),
    "grain_phase_of_flight": (mart_rows.fan_out("phase_of_flight"), f"{EVENT} 2"),
    "grain_statistics": (f"insert into findings (ev_id) values ('{EVENT}')", "findings"),
    "injuries_highest": (f"update events set ev_highest_injury = 'NONE' {ONE}", EVENT),
    "injuries_total": (f"update events set inj_tot_t = 2 {ONE}", EVENT),
    "injuries_rows": (
        f"""
        insert into flag (source_file, source_row, flag, source_column, value)
        select source_file, source_row, 'injury_rows_mismatch', 'inj_tot_f', '3' from events {ONE}
        """,
        f"{EVENT} inj_tot_f",
    ),
    "jumps": (
        """
            insert into events (ev_id, ev_date, ev_year)
            select 'jump' || year || ' ' || n, make_date(year, 1, 1), year
            from generate_series(2030, 2036) as year, generate_series(1, case year when 2032 then 200 else 50 end) as n
        """,
        "all events 2032",
    ),
    "harmonization_unmapped": (
        """
        update aircraft set damage = '@';
        refresh materialized view aircraft_harmonized;
        refresh materialized view harmonization_coverage
        """,
        "damage avall",
    ),
    "required_aircraft": (f"delete from aircraft {ONE}", EVENT),
    "required_era": (f"update events set era = 'avall2' {ONE}", EVENT),
    "required_ev_date": (f"update events set ev_date = null {ONE}", EVENT),
    "required_ev_id": (f"update aircraft set ev_id = ' ' {ONE}", "avall 1"),
    "required_place_and_outcome": (f"update events set ev_highest_injury = ' ' {ONE}", EVENT),
    "required_ntsb_no": (f"update events set ntsb_no = '' {ONE}", EVENT),
    "size_not_empty": ("delete from aircraft", "all"),
    "size_published_elsewhere": (
        """
        alter table reconciliation rename to counted;
        create table reconciliation as select * from counted;
        update reconciliation set share = 1 where series = 'era'
        """,
        "year 1990 events",
    ),
    "size_report": ("", "all"),
    "state_written": (
        "insert into flag (source_file, source_row, flag) values ('PRE1982', 7, 'location_state_mismatch')",
        "PRE1982 7",
    ),
    "size_report_pre1982": ("", "all"),
}

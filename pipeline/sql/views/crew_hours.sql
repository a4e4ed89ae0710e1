-- needs: clean_flight_crew, flight_time, dt_flight_crew, code_meanings
-- grain: one row per crew member of an aircraft, of every era: flight hours, certificates and ratings
-- kind: view
-- Hours are those in all aircraft, apart from hours_make_model. They are null where none are recorded, where they are negative, and where
-- they exceed what is possible: the length of the period, or 70,000 hours in a lifetime. The table flight_time has every value as
-- recorded. 0 is a recorded value. In 1962-1981 the recent hours are those of the first pilot. Lists are in order of the code.
-- column: crew_category Code of the role of the crew member, such as PLT or CPLT, trimmed and in upper case; null where none is stated.
-- column: crew_category_meaning Meaning of crew_category in code_meanings; null where it is not explained.
-- column: med_certf Code of the class of the medical certificate, trimmed and in upper case; null where none is stated.
-- column: certificates Codes of the pilot certificates, such as COMM, CFI; NONE if there is none, null where nothing is recorded.
-- column: airplane_ratings Codes of the airplane ratings, such as MEL, SEL; NONE if there is none, null where nothing is recorded.
-- column: other_aircraft_ratings Codes of the ratings for other aircraft, such as GLI, HELI; NONE or null as above. Not recorded in 1962-1981.
-- column: instrument_ratings Codes of the instrument ratings, such as APLN, HELI; NONE or null as above. Not recorded in 1962-1981.
-- column: instructor_ratings Codes of the instructor ratings, such as ASE, IAIR; NONE or null as above. Not recorded in 1962-1981.
-- column: hours_total Flight time in all aircraft, in hours (flight_type TOTL, flight_craft ALL).
-- column: hours_make_model Flight time in the make and model of the aircraft, in hours (TOTL, MAKE).
-- column: hours_last_90_days Flight time in the last 90 days before the event, in hours (L90D, ALL).
-- column: hours_last_30_days Flight time in the last 30 days before the event, in hours (L30D, ALL).
-- column: hours_last_24_hours Flight time in the last 24 hours before the event, in hours (L24H, ALL).
with hours as (
    select
        ev_id,
        aircraft_key,
        crew_no,
        max(flight_hours) filter (where kind = 'TOTL ALL' and flight_hours <= 70000) as hours_total,
        max(flight_hours) filter (where kind = 'TOTL MAKE' and flight_hours <= 70000) as hours_make_model,
        max(flight_hours) filter (where kind = 'L90D ALL' and flight_hours <= 90 * 24) as hours_last_90_days,
        max(flight_hours) filter (where kind = 'L30D ALL' and flight_hours <= 30 * 24) as hours_last_30_days,
        max(flight_hours) filter (where kind = 'L24H ALL' and flight_hours <= 24) as hours_last_24_hours
    from (
        select
            ev_id, aircraft_key, crew_no, flight_hours, convert.to_code(flight_type) || ' ' || convert.to_code(flight_craft) as kind
        from flight_time
        where flight_hours >= 0
    ) as recorded
    group by ev_id, aircraft_key, crew_no
),

qualifications as (
    select
        ev_id,
        aircraft_key,
        crew_no,
        string_agg(code, ', ' order by code collate "C") filter (where list = 'crew_cert_code') as certificates,
        string_agg(code, ', ' order by code collate "C") filter (where list = 'crew_rat_airpln') as airplane_ratings,
        string_agg(code, ', ' order by code collate "C") filter (where list = 'crew_rat_roto') as other_aircraft_ratings,
        string_agg(code, ', ' order by code collate "C") filter (where list = 'crew_rat_instrum') as instrument_ratings,
        string_agg(code, ', ' order by code collate "C") filter (where list = 'crew_rat_instruct') as instructor_ratings
    from (
        -- NTSB appends a digit to the name of a list, for example crew_cert_code0 for NONE.
        select distinct
            ev_id, aircraft_key, crew_no, rtrim(lower(convert.to_code(col_name)), '0123456789') as list,
            convert.to_code(code) as code
        from dt_flight_crew
    ) as recorded
    where code <> ''
    group by ev_id, aircraft_key, crew_no
)

select
    crew.ev_id,
    crew.aircraft_key,
    crew.crew_no,
    crew.crew_category_code as crew_category,
    meaning.meaning as crew_category_meaning,
    crew.crew_age,
    crew.med_certf_code as med_certf,
    qualifications.certificates,
    qualifications.airplane_ratings,
    qualifications.other_aircraft_ratings,
    qualifications.instrument_ratings,
    qualifications.instructor_ratings,
    hours.hours_total,
    hours.hours_make_model,
    hours.hours_last_90_days,
    hours.hours_last_30_days,
    hours.hours_last_24_hours,
    crew.ft_as_of,
    crew.era,
    crew.source_file,
    crew.source_row
from clean_flight_crew as crew
left join hours
    on crew.ev_id = hours.ev_id and crew.aircraft_key = hours.aircraft_key and crew.crew_no = hours.crew_no
left join qualifications
    on crew.ev_id = qualifications.ev_id and crew.aircraft_key = qualifications.aircraft_key and crew.crew_no = qualifications.crew_no
left join code_meanings as meaning
    on meaning.table_name = 'flight_crew' and meaning.column_name = 'crew_category' and meaning.code = crew.crew_category_code

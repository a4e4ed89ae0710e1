-- needs: feature_aircraft, flight_crew, dt_flight_crew, flight_time
-- grain: one row per ev_id that has crew on its first aircraft: the first of that crew (lowest crew_no)
with first_crew as (
    select distinct on (flight_crew.ev_id)
        flight_crew.ev_id,
        flight_crew.aircraft_key,
        flight_crew.crew_no,
        flight_crew.crew_age,
        flight_crew.med_certf
    from flight_crew
    inner join feature_aircraft
        on flight_crew.ev_id = feature_aircraft.ev_id and flight_crew.aircraft_key = feature_aircraft.aircraft_key
    order by flight_crew.ev_id asc, flight_crew.crew_no asc
),

-- One pilot holds several: the highest by what it allows. Ratings are in the same table under other names.
held as (
    select
        ev_id,
        aircraft_key,
        crew_no,
        array_agg(upper(code)) as certificates
    from dt_flight_crew
    where col_name = 'crew_cert_code'
    group by ev_id, aircraft_key, crew_no
),

-- Only hours of all craft: those by kind of craft are blank where the pilot died, so that the blank tells the outcome.
hours as (
    select
        ev_id,
        aircraft_key,
        crew_no,
        max(flight_hours) filter (where upper(flight_type) = 'TOTL') as total_hours,
        max(flight_hours) filter (where upper(flight_type) = 'L90D') as last_90_days_hours
    from flight_time
    where upper(flight_craft) = 'ALL' and flight_hours > 0
    group by ev_id, aircraft_key, crew_no
)

select
    first_crew.ev_id,
    case when first_crew.crew_age between 1 and 100 then first_crew.crew_age end as crew_age_y,
    upper(first_crew.med_certf) as med_certf,
    (
        select rank.code
        from
            unnest(array['ATP', 'COMM', 'PRI', 'REC', 'SPRT', 'STU', 'MIL', 'FORN', 'FE', 'NONE'])
            with ordinality as rank (code, place)
        where rank.code = any(held.certificates)
        order by rank.place asc
        limit 1
    ) as certificate,
    case when hours.total_hours <= 60000 then hours.total_hours end as total_hours,
    case when hours.last_90_days_hours <= 1000 then hours.last_90_days_hours end as last_90_days_hours
from first_crew
left join hours
    on
        first_crew.ev_id = hours.ev_id
        and first_crew.aircraft_key = hours.aircraft_key
        and first_crew.crew_no = hours.crew_no
left join held
    on
        first_crew.ev_id = held.ev_id
        and first_crew.aircraft_key = held.aircraft_key
        and first_crew.crew_no = held.crew_no

-- needs: feature_aircraft, flight_crew, dt_flight_crew, flight_time
-- grain: one row per ev_id with crew on its first aircraft: features of the first crew member (lowest crew_no)
with first_crew as (
    select distinct on (flight_crew.ev_id)
        flight_crew.ev_id,
        flight_crew.aircraft_key,
        flight_crew.crew_no,
        flight_crew.crew_age,
        flight_crew.crew_sex,
        flight_crew.med_certf
    from flight_crew
    inner join feature_aircraft
        on flight_crew.ev_id = feature_aircraft.ev_id and flight_crew.aircraft_key = feature_aircraft.aircraft_key
    order by flight_crew.ev_id asc, flight_crew.crew_no asc
),

-- A pilot can hold several certificates; the one with the most privileges is selected below. Ratings have other column names.
held_certificates as (
    select
        ev_id,
        aircraft_key,
        crew_no,
        array_agg(upper(code)) as certificates
    from dt_flight_crew
    where col_name = 'crew_cert_code'
    group by ev_id, aircraft_key, crew_no
),

-- Only hours on all aircraft: hours by kind of aircraft are missing if the pilot died, so their absence would reveal the outcome.
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
    case upper(first_crew.crew_sex) when 'F' then 'female' when 'M' then 'male' end as crew_sex,
    upper(first_crew.med_certf) as med_certf,
    (
        select rank.code
        from
            unnest(array['ATP', 'COMM', 'PRI', 'REC', 'SPRT', 'STU', 'MIL', 'FORN', 'FE', 'NONE'])
            with ordinality as rank (code, position)
        where rank.code = any(held_certificates.certificates)
        order by rank.position asc
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
left join held_certificates
    on
        first_crew.ev_id = held_certificates.ev_id
        and first_crew.aircraft_key = held_certificates.aircraft_key
        and first_crew.crew_no = held_certificates.crew_no

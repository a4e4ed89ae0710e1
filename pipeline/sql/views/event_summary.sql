-- needs: clean_events, clean_aircraft, code_meanings
-- grain: one row per event, of every era, with its codes decoded; the first aircraft is the one with the lowest aircraft_key
-- kind: view
-- column: ev_type_meaning Meaning of ev_type in code_meanings; null where it is not explained.
-- column: ev_clock Clock of ev_date and ev_time: UTC, LOCAL or UNKNOWN, derived from ev_tmzn; LOCAL in 1962-1981.
-- column: ev_state_meaning Meaning of ev_state in code_meanings; null outside the USA and where it is not explained.
-- column: has_coordinates True where both coordinates are in range and not both 0.
-- column: light_cond_meaning Meaning of light_cond in code_meanings; null where it is not explained.
-- column: wx_cond_basic_meaning Meaning of wx_cond_basic in code_meanings; null where it is not explained.
-- column: ev_highest_injury_meaning Meaning of ev_highest_injury in code_meanings; null where it is not explained.
-- column: aircraft_count Number of aircraft of the event in the table aircraft.
-- column: first_aircraft_key Lowest aircraft_key of the event; null without an aircraft.
-- column: first_acft_make Manufacturer of the first aircraft, as written.
-- column: first_acft_model Model of the first aircraft, as written.
-- column: first_acft_category Code of the category of the first aircraft, trimmed and in upper case.
-- column: first_acft_category_meaning Meaning of first_acft_category in code_meanings; null where it is not explained.
-- column: first_damage Code of the damage to the first aircraft, trimmed and in upper case.
-- column: first_damage_meaning Meaning of first_damage in code_meanings; null where it is not explained.
-- column: first_far_part Code of the part of 14 CFR or authority of the first aircraft, trimmed and in upper case.
-- column: first_far_part_meaning Meaning of first_far_part in code_meanings; null where it is not explained.
with meanings as materialized (
    select table_name, column_name, code, meaning
    from code_meanings
    where (table_name, column_name) in (
        ('events', 'ev_type'), ('events', 'ev_state'), ('events', 'light_cond'), ('events', 'wx_cond_basic'),
        ('events', 'ev_highest_injury'), ('aircraft', 'acft_category'), ('aircraft', 'damage'), ('aircraft', 'far_part')
    )
),

-- `distinct on` tells the planner that the join adds and drops no row, so it omits a join whose meaning a query does not use.
kind as (select distinct on (code) code, meaning from meanings where column_name = 'ev_type'),

state as (select distinct on (code) code, meaning from meanings where column_name = 'ev_state'),

light as (select distinct on (code) code, meaning from meanings where column_name = 'light_cond'),

weather as (select distinct on (code) code, meaning from meanings where column_name = 'wx_cond_basic'),

injury_level as (select distinct on (code) code, meaning from meanings where column_name = 'ev_highest_injury'),

category as (select distinct on (code) code, meaning from meanings where column_name = 'acft_category'),

damage as (select distinct on (code) code, meaning from meanings where column_name = 'damage'),

far_part as (select distinct on (code) code, meaning from meanings where column_name = 'far_part')

select
    events.ev_id, events.ntsb_no, events.ev_type, kind.meaning as ev_type_meaning,
    events.ev_date, events.ev_year, events.ev_month, events.ev_time,
    -- The clock of date and time: UTC since 1982 in current files, local before 1982 and in older files, otherwise unknown.
    case when mart.is_record_era(events.era) then 'LOCAL' when events.ev_tmzn_code = 'UTC' then 'UTC'
        when events.ev_tmzn_code ~ '^([ABCEHMPY][DS]T|AK[DS]|LCL)$' then 'LOCAL' else 'UNKNOWN' end as ev_clock,
    events.ev_city, events.ev_state, state.meaning as ev_state_meaning, events.ev_country, events.is_us,
    events.dec_latitude, events.dec_longitude,
    -- Two zeros are not coordinates: NTSB fills missing coordinates with zeros.
    events.geom is not null and not (events.dec_latitude = 0 and events.dec_longitude = 0) as has_coordinates,
    events.light_cond, light.meaning as light_cond_meaning,
    events.wx_cond_basic, weather.meaning as wx_cond_basic_meaning,
    events.ev_highest_injury, injury_level.meaning as ev_highest_injury_meaning,
    events.severity,
    events.total_deaths, events.total_seriously_injured,
    aircraft.aircraft_count,
    aircraft.first_key as first_aircraft_key,
    aircraft.acft_make as first_acft_make, aircraft.acft_model as first_acft_model,
    aircraft.category as first_acft_category, category.meaning as first_acft_category_meaning,
    aircraft.damage as first_damage, damage.meaning as first_damage_meaning,
    aircraft.far_part as first_far_part, far_part.meaning as first_far_part_meaning,
    events.era, events.source_file, events.source_row
from clean_events as events
-- Looked up for each event, so that a query of a few events does not read all aircraft. An aggregate returns one row, so the planner
-- omits this join too where it is not used.
left join
    lateral (
        select
            count(*)::integer as aircraft_count,
            min(aircraft_key) as first_key,
            (array_agg(acft_make order by aircraft_key))[1] as acft_make,
            (array_agg(acft_model order by aircraft_key))[1] as acft_model,
            (array_agg(acft_category_code order by aircraft_key))[1] as category,
            (array_agg(damage_code order by aircraft_key))[1] as damage,
            (array_agg(far_part_code order by aircraft_key))[1] as far_part
        from clean_aircraft
        where clean_aircraft.ev_id = events.ev_id
    ) as aircraft on true
left join kind on kind.code = events.ev_type_code
left join state on state.code = events.ev_state_code and events.is_us
left join light on light.code = events.light_cond_code
left join weather on weather.code = events.wx_cond_basic_code
left join injury_level on injury_level.code = events.ev_highest_injury_code
left join category on category.code = aircraft.category
left join damage on damage.code = aircraft.damage
left join far_part on far_part.code = aircraft.far_part

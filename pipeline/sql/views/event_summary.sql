-- needs: events, aircraft, code_meanings
-- grain: one row per event, of every era; the first aircraft is the one with the lowest aircraft_key
-- kind: view
with meanings as materialized (
    select table_name, column_name, code, meaning
    from code_meanings
    where (table_name, column_name) in (
        ('events', 'ev_type'), ('events', 'ev_state'), ('events', 'light_cond'), ('events', 'wx_cond_basic'),
        ('events', 'ev_highest_injury'), ('aircraft', 'acft_category'), ('aircraft', 'damage'), ('aircraft', 'far_part')
    )
),

-- `distinct on`: then PostgreSQL knows that the join adds and drops no row, and leaves it out where nobody asks for its meaning.
kind as (select distinct on (code) code, meaning from meanings where column_name = 'ev_type'),

state as (select distinct on (code) code, meaning from meanings where column_name = 'ev_state'),

light as (select distinct on (code) code, meaning from meanings where column_name = 'light_cond'),

weather as (select distinct on (code) code, meaning from meanings where column_name = 'wx_cond_basic'),

injury_level as (select distinct on (code) code, meaning from meanings where column_name = 'ev_highest_injury'),

category as (select distinct on (code) code, meaning from meanings where column_name = 'acft_category'),

damage as (select distinct on (code) code, meaning from meanings where column_name = 'damage'),

far_part as (select distinct on (code) code, meaning from meanings where column_name = 'far_part'),

counted as (
    select ev_id, count(*)::integer as aircraft_count
    from aircraft
    group by ev_id
),

first_aircraft as (
    select distinct on (ev_id)
        ev_id, aircraft_key, acft_make, acft_model,
        upper(btrim(acft_category)) as acft_category, upper(btrim(damage)) as damage, upper(btrim(far_part)) as far_part
    from aircraft
    order by ev_id, aircraft_key
)

select
    events.ev_id, events.ntsb_no, events.ev_type, kind.meaning as ev_type_meaning,
    events.ev_date, events.ev_year, events.ev_month, events.ev_time,
    -- Which clock date and time follow: UTC since 1982 in current files, local before and in older files, else not known.
    case when events.era = 'pre1982' then 'LOCAL' when upper(btrim(events.ev_tmzn)) = 'UTC' then 'UTC'
        when upper(btrim(events.ev_tmzn)) ~ '^([ABCEHMPY][DS]T|AK[DS]|LCL)$' then 'LOCAL' else 'UNKNOWN' end as ev_clock,
    events.ev_city, events.ev_state, state.meaning as ev_state_meaning, events.ev_country,
    events.ev_country = 'USA' or upper(btrim(events.ev_country)) = 'USA' as is_us,
    events.dec_latitude, events.dec_longitude,
    -- Zero for both means that nobody measured: NTSB fills missing coordinates with zeros.
    events.geom is not null and not (events.dec_latitude = 0 and events.dec_longitude = 0) as has_coordinates,
    events.light_cond, light.meaning as light_cond_meaning,
    events.wx_cond_basic, weather.meaning as wx_cond_basic_meaning,
    events.ev_highest_injury, injury_level.meaning as ev_highest_injury_meaning,
    case when btrim(events.ev_highest_injury) in ('NONE', 'MINR', 'SERS', 'FATL')
        then btrim(events.ev_highest_injury) end as severity,
    -- inj_tot_f counts on board only. On the ground, NTSB writes nobody as null or 0 by era; on board, null is unknown.
    events.inj_tot_f + coalesce(events.inj_f_grnd, 0) as total_deaths,
    events.inj_tot_s + coalesce(events.inj_s_grnd, 0) as total_seriously_injured,
    coalesce(counted.aircraft_count, 0) as aircraft_count,
    first_aircraft.aircraft_key as first_aircraft_key,
    first_aircraft.acft_make as first_acft_make, first_aircraft.acft_model as first_acft_model,
    first_aircraft.acft_category as first_acft_category, category.meaning as first_acft_category_meaning,
    first_aircraft.damage as first_damage, damage.meaning as first_damage_meaning,
    first_aircraft.far_part as first_far_part, far_part.meaning as first_far_part_meaning,
    events.era, events.source_file, events.source_row
from events
left join counted on events.ev_id = counted.ev_id
left join first_aircraft on events.ev_id = first_aircraft.ev_id
left join kind on kind.code = upper(btrim(events.ev_type))
left join state on state.code = upper(btrim(events.ev_state)) and upper(btrim(events.ev_country)) = 'USA'
left join light on light.code = upper(btrim(events.light_cond))
left join weather on weather.code = upper(btrim(events.wx_cond_basic))
left join injury_level on injury_level.code = upper(btrim(events.ev_highest_injury))
left join category on category.code = first_aircraft.acft_category
left join damage on damage.code = first_aircraft.damage
left join far_part on far_part.code = first_aircraft.far_part

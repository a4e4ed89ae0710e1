-- needs: events, clean_aircraft, aircraft_names, aircraft_families, clean_engines
-- grain: one row per ev_id with an aircraft: features of the first aircraft (lowest aircraft_key), and the number of aircraft
with aircraft_counts as (
    select
        ev_id,
        min(aircraft_key) as aircraft_key,
        count(*)::integer as aircraft_count
    from clean_aircraft
    group by ev_id
),

first_engine as (
    select distinct on (ev_id, aircraft_key)
        ev_id,
        aircraft_key,
        eng_type_code
    from clean_engines
    where eng_type_code is not null
    order by ev_id asc, aircraft_key asc, eng_no asc
)

select
    aircraft.ev_id,
    aircraft.aircraft_key,
    aircraft_counts.aircraft_count,
    names.make_group as make,
    names.make_group || ' ' || names.model_group as model,
    -- The class of other aircraft follows from the type of their engine, which NTSB publishes when it closes a case.
    case when families.method = 'rule' then families.class end as aircraft_class,
    aircraft.acft_category_code as acft_category,
    case aircraft.homebuilt_code when 'Y' then true when 'N' then false end as is_homebuilt,
    -- Gliders have no engine; counts above eight are input errors.
    case when aircraft.num_eng between 0 and 8 then aircraft.num_eng end as num_eng,
    first_engine.eng_type_code as eng_type,
    case aircraft.fixed_retractable_code when 'RETR' then true when 'FIXD' then false end as is_retractable,
    case when aircraft.total_seats between 1 and 900 then aircraft.total_seats end as total_seats,
    case when aircraft.cert_max_gr_wt between 50 and 1500000 then aircraft.cert_max_gr_wt end as cert_max_gr_wt_lb,
    case
        when aircraft.acft_year between 1903 and events.ev_year + 1
            then greatest(events.ev_year - aircraft.acft_year, 0)
    end as aircraft_age_y,
    aircraft.far_part_code as far_part,
    aircraft.type_fly_code as type_fly,
    aircraft.oper_sched_code as oper_sched,
    case aircraft.site_seeing_code when 'Y' then true when 'N' then false end as is_sightseeing,
    case aircraft.air_medical_code when 'Y' then true when 'N' then false end as is_medical,
    aircraft.flt_plan_filed_code as flt_plan_filed,
    case aircraft.second_pilot_code when 'Y' then true when 'N' then false end as has_second_pilot,
    -- NTSB writes 2000-01-02 where the date is not known.
    case
        when
            aircraft.date_last_insp <> date '2000-01-02'
            and events.ev_date - aircraft.date_last_insp between 0 and 3653
            then events.ev_date - aircraft.date_last_insp
    end as inspection_age_d,
    case when aircraft.rwy_len between 100 and 30000 then aircraft.rwy_len end as rwy_len_ft,
    case when aircraft.rwy_width between 5 and 1000 then aircraft.rwy_width end as rwy_width_ft
from aircraft_counts
inner join clean_aircraft as aircraft on aircraft_counts.ev_id = aircraft.ev_id and aircraft_counts.aircraft_key = aircraft.aircraft_key
inner join events on aircraft.ev_id = events.ev_id
inner join aircraft_names as names on aircraft.ev_id = names.ev_id and aircraft.aircraft_key = names.aircraft_key
inner join aircraft_families as families on aircraft.ev_id = families.ev_id and aircraft.aircraft_key = families.aircraft_key
left join first_engine
    on aircraft.ev_id = first_engine.ev_id and aircraft.aircraft_key = first_engine.aircraft_key

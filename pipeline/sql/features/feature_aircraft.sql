-- needs: events, aircraft, aircraft_names, engines
-- grain: one row per ev_id that has an aircraft: the first aircraft (lowest aircraft_key) and how many there are
with counted as (
    select
        ev_id,
        min(aircraft_key) as aircraft_key,
        count(*)::integer as aircraft_count
    from aircraft
    group by ev_id
),

first_engine as (
    select distinct on (ev_id, aircraft_key)
        ev_id,
        aircraft_key,
        upper(eng_type) as eng_type
    from engines
    where eng_type is not null
    order by ev_id asc, aircraft_key asc, eng_no asc
),

-- The usual name where the list has one, else what is written: upper case, a make's words apart, a model's together.
named as (
    select
        ev_id,
        aircraft_key,
        coalesce(make, nullif(btrim(regexp_replace(upper(acft_make), '[^A-Z0-9]+', ' ', 'g')), '')) as make,
        coalesce(model, nullif(regexp_replace(upper(acft_model), '[^A-Z0-9]+', '', 'g'), '')) as model
    from aircraft_names
)

select
    aircraft.ev_id,
    aircraft.aircraft_key,
    counted.aircraft_count,
    named.make,
    named.make || ' ' || named.model as model,
    upper(aircraft.acft_category) as acft_category,
    case upper(aircraft.homebuilt) when 'Y' then true when 'N' then false end as is_homebuilt,
    -- More than eight engines are a slip of the pen; zero is a glider.
    case when aircraft.num_eng between 0 and 8 then aircraft.num_eng end as num_eng,
    first_engine.eng_type,
    case upper(aircraft.fixed_retractable) when 'RETR' then true when 'FIXD' then false end as is_retractable,
    case when aircraft.total_seats between 1 and 900 then aircraft.total_seats end as total_seats,
    case when aircraft.cert_max_gr_wt between 50 and 1500000 then aircraft.cert_max_gr_wt end as cert_max_gr_wt_lb,
    case
        when aircraft.acft_year between 1903 and events.ev_year + 1
            then greatest(events.ev_year - aircraft.acft_year, 0)
    end as aircraft_age_y,
    upper(aircraft.far_part) as far_part,
    upper(aircraft.type_fly) as type_fly,
    upper(aircraft.oper_sched) as oper_sched,
    case upper(aircraft.site_seeing) when 'Y' then true when 'N' then false end as is_sightseeing,
    case upper(aircraft.air_medical) when 'Y' then true when 'N' then false end as is_medical,
    upper(aircraft.flt_plan_filed) as flt_plan_filed,
    case upper(aircraft.second_pilot) when 'Y' then true when 'N' then false end as has_second_pilot,
    -- 2000-01-02 is what the file holds where nobody wrote a date.
    case
        when
            aircraft.date_last_insp <> date '2000-01-02'
            and events.ev_date - aircraft.date_last_insp between 0 and 3653
            then events.ev_date - aircraft.date_last_insp
    end as inspection_age_d,
    case when aircraft.rwy_len between 100 and 30000 then aircraft.rwy_len end as rwy_len_ft,
    case when aircraft.rwy_width between 5 and 1000 then aircraft.rwy_width end as rwy_width_ft
from counted
inner join aircraft on counted.ev_id = aircraft.ev_id and counted.aircraft_key = aircraft.aircraft_key
inner join events on aircraft.ev_id = events.ev_id
inner join named on aircraft.ev_id = named.ev_id and aircraft.aircraft_key = named.aircraft_key
left join first_engine
    on aircraft.ev_id = first_engine.ev_id and aircraft.aircraft_key = first_engine.aircraft_key

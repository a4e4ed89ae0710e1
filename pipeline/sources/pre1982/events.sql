-- needs: tblfirsthalf, accident, decoded, state, state_suffix, weather
-- grain: one row per event of 1962-1981; values other than sums are from its row with the lowest RecNum
with record as (
    select accident.ev_id, accident.aircraft_key, tblfirsthalf.*
    from accident inner join tblfirsthalf on accident.recnum = tblfirsthalf.recnum
),

-- INJURY_INDEX is the most severe injury of the event and should be equal on all its rows; otherwise the most severe value is used.
highest_injury as (
    select
        record.ev_id,
        case
            when bool_or(decoded.modern = 'FATL') then 'FATL'
            when bool_or(decoded.modern = 'SERS') then 'SERS'
            when bool_or(decoded.modern = 'MINR') then 'MINR'
            when bool_or(decoded.modern = 'NONE') then 'NONE'
        end as injury
    from record left join decoded on decoded.field = 'INJURY_INDEX' and record.injury_index = decoded.code
    group by record.ev_id
),

-- GRAND_TOTAL is filled only where persons outside the aircraft were involved. It then counts all persons of the event, on every
-- row of a collision, and is therefore used once. inj_*_grnd, which would be a part of it, is null.
grand_total as (
    select distinct on (ev_id)
        ev_id, grand_total_fatal as f, grand_total_serious as s, grand_total_minor as m, grand_total_none as n,
        grand_total_totals as t
    from record
    where grand_total_totals > 0
    order by ev_id asc, grand_total_totals desc, recnum asc
),

persons as (
    select ev_id, f, s, m, n, t from grand_total
    union all
    select
        ev_id, sum(total_abrd_fatal) as f, sum(total_abrd_serious) as s, sum(total_abrd_minor) as m,
        sum(total_abrd_none) as n, sum(total_abrd_totals) as t
    from record
    where not exists (select from grand_total where grand_total.ev_id = record.ev_id)
    group by ev_id
)

select
    record.ev_id,
    class.modern as ev_type,
    record.date_occurrence as ev_date,
    left(to_char(record.date_occurrence, 'Dy'), 2) as ev_dow,
    extract(month from record.date_occurrence)::integer as ev_month,
    case
        when record.time_occur ~ '^([01][0-9]|2[0-3])[0-5][0-9]$'
            then make_time(left(record.time_occur, 2)::integer, right(record.time_occur, 2)::integer, 0)
    end as ev_time,
    nullif(case
        when record.location like '%,%' then regexp_replace(record.location, '\s*,[^,]*$', '')
        else regexp_replace(record.location, state_suffix.pattern, '', 'i')
    end, '') as ev_city,
    state.postal as ev_state,
    case when state.code is not null then 'USA' end as ev_country,
    nullif(record.airport_name, '') as apt_name,
    case when record.elev_airpt ~ '^[0-9]{5}$' then record.elev_airpt::integer end as apt_elev,
    light.modern as light_cond, basic.modern as wx_cond_basic,
    weather.wx_temp, weather.wx_dew_pt, weather.wind_dir_deg, weather.wind_vel_kts, weather.vis_sm,
    weather.sky_ceil_ht, weather.sky_cond_ceil, weather.sky_cond_nonceil,
    highest_injury.injury as ev_highest_injury,
    persons.f::integer as inj_tot_f, persons.s::integer as inj_tot_s, persons.m::integer as inj_tot_m,
    persons.n::integer as inj_tot_n, persons.t::integer as inj_tot_t,
    record.source_row
from record
inner join highest_injury on record.ev_id = highest_injury.ev_id
inner join persons on record.ev_id = persons.ev_id
cross join state_suffix
left join state on record.locat_state_terr = state.code
left join decoded as class on class.field = 'ACC_INC_CLASS' and record.acc_inc_class = class.code
left join decoded as light on light.field = 'LIGHT_COND' and record.light_cond = light.code
left join decoded as basic on basic.field = 'TYPE_WEATHR' and record.type_weathr = basic.code
left join weather on record.recnum = weather.recnum
where record.aircraft_key = 1

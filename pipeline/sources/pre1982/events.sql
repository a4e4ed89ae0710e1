-- needs: tblfirsthalf, accident, decoded, state, written, weather
-- grain: one row per event of 1962-1981 that has a date; what is not a sum is from its row with the lowest RecNum
with stated as (
    select accident.ev_id, accident.aircraft_key, tblfirsthalf.*
    from accident inner join tblfirsthalf on accident.recnum = tblfirsthalf.recnum
),

-- INJURY_INDEX is the worst of the event, so all its rows should say the same; where they do not, the worst stands.
worst as (
    select
        stated.ev_id,
        case
            when bool_or(decoded.modern = 'FATL') then 'FATL'
            when bool_or(decoded.modern = 'SERS') then 'SERS'
            when bool_or(decoded.modern = 'MINR') then 'MINR'
            when bool_or(decoded.modern = 'NONE') then 'NONE'
        end as injury
    from stated left join decoded on decoded.field = 'INJURY_INDEX' and stated.injury_index = decoded.code
    group by stated.ev_id
),

-- GRAND_TOTAL is filled only where persons outside the aircraft were involved and then counts everybody of the event,
-- on every row of a collision: it is taken once. All persons are in it, so inj_*_grnd, a part of it, stays empty.
grand as (
    select distinct on (ev_id)
        ev_id, grand_total_fatal as f, grand_total_serious as s, grand_total_minor as m, grand_total_none as n,
        grand_total_totals as t
    from stated
    where grand_total_totals > 0
    order by ev_id asc, grand_total_totals desc, recnum asc
),

persons as (
    select ev_id, f, s, m, n, t from grand
    union all
    select
        ev_id, sum(total_abrd_fatal) as f, sum(total_abrd_serious) as s, sum(total_abrd_minor) as m,
        sum(total_abrd_none) as n, sum(total_abrd_totals) as t
    from stated
    where not exists (select from grand where grand.ev_id = stated.ev_id)
    group by ev_id
)

select
    stated.ev_id,
    class.modern as ev_type,
    stated.date_occurrence as ev_date,
    left(to_char(stated.date_occurrence, 'Dy'), 2) as ev_dow,
    extract(month from stated.date_occurrence)::integer as ev_month,
    case
        when stated.time_occur ~ '^([01][0-9]|2[0-3])[0-5][0-9]$'
            then make_time(left(stated.time_occur, 2)::integer, right(stated.time_occur, 2)::integer, 0)
    end as ev_time,
    nullif(case
        when stated.location like '%,%' then regexp_replace(stated.location, '\s*,[^,]*$', '')
        else regexp_replace(stated.location, written.pattern, '', 'i')
    end, '') as ev_city,
    state.postal as ev_state,
    case when state.code is not null then 'USA' end as ev_country,
    nullif(stated.airport_name, '') as apt_name,
    case when stated.elev_airpt ~ '^[0-9]{5}$' then stated.elev_airpt::integer end as apt_elev,
    light.modern as light_cond, basic.modern as wx_cond_basic,
    weather.wx_temp, weather.wx_dew_pt, weather.wind_dir_deg, weather.wind_vel_kts, weather.vis_sm,
    weather.sky_ceil_ht, weather.sky_cond_ceil, weather.sky_cond_nonceil,
    worst.injury as ev_highest_injury,
    persons.f::integer as inj_tot_f, persons.s::integer as inj_tot_s, persons.m::integer as inj_tot_m,
    persons.n::integer as inj_tot_n, persons.t::integer as inj_tot_t,
    stated.source_row
from stated
inner join worst on stated.ev_id = worst.ev_id
inner join persons on stated.ev_id = persons.ev_id
cross join written
left join state on stated.locat_state_terr = state.code
left join decoded as class on class.field = 'ACC_INC_CLASS' and stated.acc_inc_class = class.code
left join decoded as light on light.field = 'LIGHT_COND' and stated.light_cond = light.code
left join decoded as basic on basic.field = 'TYPE_WEATHR' and stated.type_weathr = basic.code
left join weather on stated.recnum = weather.recnum
where stated.aircraft_key = 1

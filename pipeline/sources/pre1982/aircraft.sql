-- needs: tblfirsthalf, tblsecondhalf, accident, decoded, meaning, written
-- grain: one row per aircraft in an event of 1962-1981 that has a date
-- far_part is stated for public aircraft only, in the file's own words for TYPE_OPERATOR: the parts of the regulations
-- that its other words stand for are nowhere stated. Airlines leave TYPE_OPERATOR blank and have a carrier's code.
select
    accident.ev_id,
    accident.aircraft_key,
    nullif(stated.regist_no, '') as regis_no,
    case when stated.miss_aircft = 'Y' then 'Y' end as acft_missing,
    public.modern as far_part,
    plan.modern as flt_plan_filed,
    damage.modern as damage,
    -- Blank is no statement that there was no fire.
    case when stated.fire_aftr_impt = 'Y' then 'GRD' end as acft_fire,
    nullif(stated.acft_make, '') as acft_make,
    nullif(stated.acft_model, '') as acft_model,
    nullif(nullif(other.aircraft_ser_num, ''), 'Z') as acft_serial_no,
    craft.modern as acft_category,
    case when stated.no_engines ~ '^[0-9]{1,2}$' then stated.no_engines::integer end as num_eng,
    gear.modern as fixed_retractable,
    case when other.aircraft_tot_time ~ '^[0-9]{4,5}$' then other.aircraft_tot_time::real end as afm_hrs,
    case when coalesce(stated.type_operator, '') = '' then nullif(stated.name_comm_carr, '') end as oper_code,
    carrier.meaning as oper_name,
    schedule.modern as oper_sched,
    kind.modern as type_fly,
    -- S (same as before), LOCAL and RETURN are no towns.
    regexp_replace(place.departure, written.pattern, '', 'i') as dprt_city,
    regexp_replace(place.destination, written.pattern, '', 'i') as dest_city,
    case when stated.runway_ln ~ '^[0-9]{5}$' then stated.runway_ln::integer end as rwy_len,
    stated.source_row
from accident
inner join tblfirsthalf as stated on accident.recnum = stated.recnum
left join tblsecondhalf as other on accident.recnum = other.recnum
cross join written
cross join
    lateral (
        select
            case when stated.depart_pt not in ('', 'S', 'Z', 'LOCAL', 'RETURN')
                then regexp_replace(stated.depart_pt, '\s*,[^,]*$', '') end as departure,
            case when stated.inten_destin not in ('', 'S', 'Z', 'LOCAL', 'RETURN')
                then regexp_replace(stated.inten_destin, '\s*,[^,]*$', '') end as destination
    ) as place
left join decoded as public on public.field = 'TYPE_OPERATOR' and stated.type_operator = public.code
left join decoded as plan on plan.field = 'FLIGHT_PLAN' and stated.flight_plan = plan.code
left join decoded as damage on damage.field = 'ACFT_ADAMG' and stated.acft_adamg = damage.code
left join decoded as craft on craft.field = 'TYPE_CRAFT' and stated.type_craft = craft.code
left join decoded as gear on gear.field = 'LANDING_GEAR' and stated.landing_gear = gear.code
left join decoded as schedule on schedule.field = 'OPERATION_TYPE' and stated.operation_type = schedule.code
left join decoded as kind on kind.field = 'KIND_FLY_GENA' and stated.kind_fly_gena = kind.code
left join meaning as carrier on carrier.field = 'NAME_COMM_CARR' and stated.name_comm_carr = carrier.code

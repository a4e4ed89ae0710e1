-- needs: tblfirsthalf, tblsecondhalf, accident, decoded, meaning, state_suffix
-- grain: one row per aircraft in an event of 1962-1981
-- far_part is derived for public aircraft only: the code list of TYPE_OPERATOR does not give the regulation part of other operators.
-- For airlines TYPE_OPERATOR is blank and NAME_COMM_CARR holds the code of the carrier.
select
    accident.ev_id,
    accident.aircraft_key,
    nullif(first_half.regist_no, '') as regis_no,
    case when first_half.miss_aircft = 'Y' then 'Y' end as acft_missing,
    public.modern as far_part,
    plan.modern as flt_plan_filed,
    damage.modern as damage,
    -- Blank does not mean that there was no fire.
    case when first_half.fire_aftr_impt = 'Y' then 'GRD' end as acft_fire,
    nullif(first_half.acft_make, '') as acft_make,
    nullif(first_half.acft_model, '') as acft_model,
    nullif(nullif(second_half.aircraft_ser_num, ''), 'Z') as acft_serial_no,
    category.modern as acft_category,
    case when first_half.no_engines ~ '^[0-9]{1,2}$' then first_half.no_engines::integer end as num_eng,
    gear.modern as fixed_retractable,
    case when second_half.aircraft_tot_time ~ '^[0-9]{4,5}$' then second_half.aircraft_tot_time::real end as afm_hrs,
    case when coalesce(first_half.type_operator, '') = '' then nullif(first_half.name_comm_carr, '') end as oper_code,
    carrier.meaning as oper_name,
    schedule.modern as oper_sched,
    kind.modern as type_fly,
    -- S (same as before), LOCAL and RETURN are not towns.
    regexp_replace(route.departure, state_suffix.pattern, '', 'i') as dprt_city,
    regexp_replace(route.destination, state_suffix.pattern, '', 'i') as dest_city,
    case when first_half.runway_ln ~ '^[0-9]{5}$' then first_half.runway_ln::integer end as rwy_len,
    first_half.source_row
from accident
inner join tblfirsthalf as first_half on accident.recnum = first_half.recnum
left join tblsecondhalf as second_half on accident.recnum = second_half.recnum
cross join state_suffix
cross join
    lateral (
        select
            case when first_half.depart_pt not in ('', 'S', 'Z', 'LOCAL', 'RETURN')
                then regexp_replace(first_half.depart_pt, '\s*,[^,]*$', '') end as departure,
            case when first_half.inten_destin not in ('', 'S', 'Z', 'LOCAL', 'RETURN')
                then regexp_replace(first_half.inten_destin, '\s*,[^,]*$', '') end as destination
    ) as route
left join decoded as public on public.field = 'TYPE_OPERATOR' and first_half.type_operator = public.code
left join decoded as plan on plan.field = 'FLIGHT_PLAN' and first_half.flight_plan = plan.code
left join decoded as damage on damage.field = 'ACFT_ADAMG' and first_half.acft_adamg = damage.code
left join decoded as category on category.field = 'TYPE_CRAFT' and first_half.type_craft = category.code
left join decoded as gear on gear.field = 'LANDING_GEAR' and first_half.landing_gear = gear.code
left join decoded as schedule on schedule.field = 'OPERATION_TYPE' and first_half.operation_type = schedule.code
left join decoded as kind on kind.field = 'KIND_FLY_GENA' and first_half.kind_fly_gena = kind.code
left join meaning as carrier on carrier.field = 'NAME_COMM_CARR' and first_half.name_comm_carr = carrier.code

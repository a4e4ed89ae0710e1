-- needs: tblfirsthalf, tblsecondhalf, accident, decoded, meaning
-- grain: one row per engine, for a reported number of engines from 1 to 8, of an aircraft in an event of 1962-1981
-- These records have one type, make and model for all engines of an aircraft, and hours since overhaul for each of the first four.
-- Make and model are codes; they are null where the code list of the file does not explain them.
select
    accident.ev_id,
    accident.aircraft_key,
    number as eng_no,
    power.modern as eng_type,
    make.meaning as eng_mfgr,
    model.meaning as eng_model,
    case when overhaul.hours ~ '^[0-9]{4,5}$' then overhaul.hours::real end as eng_time_overhaul,
    first_half.source_row
from accident
inner join tblfirsthalf as first_half on accident.recnum = first_half.recnum
cross join lateral generate_series(1, case when first_half.no_engines ~ '^0?[1-8]$' then first_half.no_engines::integer end) as number
left join tblsecondhalf as second_half on accident.recnum = second_half.recnum
left join
    lateral (
        values (1, second_half.engn1_tso), (2, second_half.engn2_tso), (3, second_half.engn3_tso), (4, second_half.engn4_tso)
    ) as overhaul (engine, hours) on overhaul.engine = number
left join decoded as power on power.field = 'TYPE_POWER' and first_half.type_power = power.code
left join meaning as make on make.field = 'ENGIN_MAKE' and first_half.engin_make = make.code
left join meaning as model on model.field = 'ENGIN_MODEL' and first_half.engin_make || first_half.engin_model = model.code

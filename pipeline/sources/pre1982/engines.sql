-- needs: tblfirsthalf, tblsecondhalf, accident, decoded, meaning
-- grain: one row per engine of the stated number (1 to 8) of an aircraft in an event of 1962-1981 that has a date
-- All engines of an aircraft have one type, make and model in these records; hours since overhaul are stated engine by
-- engine, for four. Make and model are codes, and stay empty where the file does not say what they mean.
select
    accident.ev_id,
    accident.aircraft_key,
    number as eng_no,
    power.modern as eng_type,
    make.meaning as eng_mfgr,
    model.meaning as eng_model,
    case when overhaul.hours ~ '^[0-9]{4,5}$' then overhaul.hours::real end as eng_time_overhaul,
    stated.source_row
from accident
inner join tblfirsthalf as stated on accident.recnum = stated.recnum
cross join lateral generate_series(1, case when stated.no_engines ~ '^0?[1-8]$' then stated.no_engines::integer end) as number
left join tblsecondhalf as other on accident.recnum = other.recnum
left join
    lateral (
        values (1, other.engn1_tso), (2, other.engn2_tso), (3, other.engn3_tso), (4, other.engn4_tso)
    ) as overhaul (engine, hours) on overhaul.engine = number
left join decoded as power on power.field = 'TYPE_POWER' and stated.type_power = power.code
left join meaning as make on make.field = 'ENGIN_MAKE' and stated.engin_make = make.code
left join meaning as model on model.field = 'ENGIN_MODEL' and stated.engin_make || stated.engin_model = model.code

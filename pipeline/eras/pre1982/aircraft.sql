-- needs: tblfirsthalf, accident, decoded
-- grain: one row per aircraft in an event of 1962-1981 that has a date
-- far_part stays empty: the parts of the regulations that TYPE_OPERATOR stands for are nowhere stated.
select
    accident.ev_id,
    accident.aircraft_key,
    nullif(stated.regist_no, '') as regis_no,
    damage.modern as damage,
    nullif(stated.acft_make, '') as acft_make,
    nullif(stated.acft_model, '') as acft_model,
    craft.modern as acft_category,
    case when stated.no_engines ~ '^[0-9]{1,2}$' then stated.no_engines::integer end as num_eng,
    stated.source_row
from accident
inner join tblfirsthalf as stated on accident.recnum = stated.recnum
left join decoded as damage on damage.field = 'ACFT_ADAMG' and stated.acft_adamg = damage.code
left join decoded as craft on craft.field = 'TYPE_CRAFT' and stated.type_craft = craft.code

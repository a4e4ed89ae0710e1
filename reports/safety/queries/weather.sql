-- needs: clean_events, code_meanings
-- grain: one row per basic weather condition and severity of accidents in the USA; the code is empty where none is stated
with accidents as (
    select
        coalesce(wx_cond_basic_code, '') as code,
        severity,
        count(*) as accidents
    from clean_events
    where is_us and ev_type_code is distinct from 'INC'
    group by coalesce(wx_cond_basic_code, ''), severity
)

select
    accidents.code,
    code_meanings.meaning,
    accidents.severity,
    accidents.accidents
from accidents
left join code_meanings
    on code_meanings.table_name = 'events' and code_meanings.column_name = 'wx_cond_basic'
    and code_meanings.code = accidents.code
order by accidents.code collate "C", accidents.severity collate "C";

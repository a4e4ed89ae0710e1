-- needs: aircraft_language, event_language
-- grain: one row per field, year of the event and value of the common language; null where the year gives none, or has no date
with stated as (
    select said.field, event_language.ev_year, said.value
    from aircraft_language
    inner join event_language on aircraft_language.ev_id = event_language.ev_id
    cross join lateral (
        values
        ('category', aircraft_language.category), ('damage', aircraft_language.damage),
        ('operation', aircraft_language.operation), ('purpose', aircraft_language.purpose),
        ('engine', aircraft_language.engine), ('phase', aircraft_language.phase),
        ('occurrence', aircraft_language.occurrence), ('cause', aircraft_language.cause_groups)
    ) as said (field, value)
    union all
    select said.field, event_language.ev_year, said.value
    from event_language
    cross join lateral (values ('severity', severity), ('weather', weather), ('light', light)) as said (field, value)
)

select field, ev_year, value, count(*) as times
from stated
group by field, ev_year, value
order by field collate "C", ev_year nulls last, value collate "C" nulls last;

-- needs: aircraft_harmonized, event_harmonized
-- grain: one row per field, year of the event and value of the common language; null where the year gives none, or has no date
with stated as (
    select said.field, event_harmonized.ev_year, said.value
    from aircraft_harmonized
    inner join event_harmonized on aircraft_harmonized.ev_id = event_harmonized.ev_id
    cross join lateral (
        values
        ('category', aircraft_harmonized.category), ('damage', aircraft_harmonized.damage),
        ('operation', aircraft_harmonized.operation), ('purpose', aircraft_harmonized.purpose),
        ('engine', aircraft_harmonized.engine), ('phase', aircraft_harmonized.phase),
        ('occurrence', aircraft_harmonized.occurrence), ('cause', aircraft_harmonized.cause_groups)
    ) as said (field, value)
    union all
    select said.field, event_harmonized.ev_year, said.value
    from event_harmonized
    cross join lateral (values ('severity', severity), ('weather', weather), ('light', light)) as said (field, value)
)

select field, ev_year, value, count(*) as times
from stated
group by field, ev_year, value
order by field collate "C", ev_year nulls last, value collate "C" nulls last;

-- needs: aircraft_harmonized, event_harmonized
-- grain: one row per harmonized field, event year and value; the value is null where there is none, the year where the date is missing
with harmonized_values as (
    select field_value.field, event_harmonized.ev_year, field_value.value
    from aircraft_harmonized
    inner join event_harmonized on aircraft_harmonized.ev_id = event_harmonized.ev_id
    cross join lateral (
        values
        ('category', aircraft_harmonized.category), ('damage', aircraft_harmonized.damage),
        ('operation', aircraft_harmonized.operation), ('purpose', aircraft_harmonized.purpose),
        ('engine', aircraft_harmonized.engine), ('phase', aircraft_harmonized.phase),
        ('occurrence', aircraft_harmonized.occurrence), ('cause', aircraft_harmonized.cause_groups)
    ) as field_value (field, value)
    union all
    select field_value.field, event_harmonized.ev_year, field_value.value
    from event_harmonized
    cross join lateral (values ('severity', severity), ('weather', weather), ('light', light)) as field_value (field, value)
)

select field, ev_year, value, count(*) as times
from harmonized_values
group by field, ev_year, value
order by field collate "C", ev_year nulls last, value collate "C" nulls last;

-- needs: aircraft_harmonized, event_harmonized
-- grain: one row per harmonized field, era and value; the value is null where the era has none
with harmonized_values as (
    select field_value.field, aircraft_harmonized.era, field_value.value
    from aircraft_harmonized
    cross join lateral (
        values
        ('category', category), ('damage', damage), ('operation', operation), ('purpose', purpose), ('engine', engine),
        ('phase', phase), ('occurrence', occurrence), ('cause', cause_groups)
    ) as field_value (field, value)
    union all
    select field_value.field, event_harmonized.era, field_value.value
    from event_harmonized
    cross join lateral (values ('severity', severity), ('weather', weather), ('light', light)) as field_value (field, value)
)

select field, era, value, count(*) as times
from harmonized_values
group by field, era, value
order by field collate "C", value collate "C" nulls last, era collate "C";

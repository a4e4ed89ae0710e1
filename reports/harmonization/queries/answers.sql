-- needs: aircraft_harmonized, event_harmonized
-- grain: one row per field, era and value of the common language; null where the era gives none
with stated as (
    select said.field, aircraft_harmonized.era, said.value
    from aircraft_harmonized
    cross join lateral (
        values
        ('category', category), ('damage', damage), ('operation', operation), ('purpose', purpose), ('engine', engine),
        ('phase', phase), ('occurrence', occurrence), ('cause', cause_groups)
    ) as said (field, value)
    union all
    select said.field, event_harmonized.era, said.value
    from event_harmonized
    cross join lateral (values ('severity', severity), ('weather', weather), ('light', light)) as said (field, value)
)

select field, era, value, count(*) as times
from stated
group by field, era, value
order by field collate "C", value collate "C" nulls last, era collate "C";

-- needs: aircraft, flight_crew, events_sequence
-- grain: one row per table and yes-or-no column that Access sets to no by itself, and era: how often it is yes, no, or missing
-- kind: view
-- A no that nobody wrote looks like one that somebody did. Where an era has no yes at all, the column says nothing of it: has_explicit_yes is false.
-- Even where it is told, no means: no, or not said.
with stated as (
    select 'aircraft' as table_name, said.column_name, aircraft.era, said.value
    from aircraft
    cross join lateral (
        values
        ('commercial_space_flight', commercial_space_flight), ('unmanned', unmanned),
        ('ifr_equipped_cert', ifr_equipped_cert), ('elt_mounted_aircraft', elt_mounted_aircraft),
        ('elt_connected_antenna', elt_connected_antenna)
    ) as said (column_name, value)
    union all
    select 'flight_crew', 'pilot_flying', era, pilot_flying
    from flight_crew
    union all
    select 'events_sequence', 'defining_ev', era, defining_ev
    from events_sequence
)

select
    table_name,
    column_name,
    era,
    count(*) filter (where value) as times_yes,
    count(*) filter (where not value) as times_no_or_missing,
    count(*) filter (where value is null) as times_missing,
    count(*) filter (where value) > 0 as has_explicit_yes
from stated
group by table_name, column_name, era

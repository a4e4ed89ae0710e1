-- needs: aircraft, flight_crew, events_sequence
-- grain: one row per table, yes/no column that Access fills with no by default, and era: how often it is yes, no or missing
-- kind: view
-- A default cannot be distinguished from a recorded no, so no means: no or not recorded. An era without a single yes did not record the
-- column at all: has_explicit_yes is false.
-- column: table_name Table of the yes/no column.
-- column: column_name The yes/no column.
-- column: times_yes Number of rows with yes.
-- column: times_no_or_missing Number of rows with no, recorded or by default.
-- column: times_missing Number of rows without a value.
-- column: has_explicit_yes True where at least one row has yes; otherwise the era did not record the column.
with column_values as (
    select 'aircraft' as table_name, yes_no.column_name, aircraft.era, yes_no.value
    from aircraft
    cross join lateral (
        values
        ('commercial_space_flight', commercial_space_flight), ('unmanned', unmanned),
        ('ifr_equipped_cert', ifr_equipped_cert), ('elt_mounted_aircraft', elt_mounted_aircraft),
        ('elt_connected_antenna', elt_connected_antenna)
    ) as yes_no (column_name, value)
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
from column_values
group by table_name, column_name, era

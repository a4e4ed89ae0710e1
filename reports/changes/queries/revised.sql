-- needs: change, event_version, field_change, events
-- grain: one row per value that the last change revised, without bookkeeping; at most 10 values of each of the 200 latest events
-- functions: mart
with newest as (
    select
        version.ev_id, version.change,
        row_number() over (order by events.ev_date desc nulls last, version.ev_id collate "C") as event_number
    from event_version as version
    inner join events on version.ev_id = events.ev_id
    where version.change = (select max(number) from change) and version.kind = 'revised'
),

valued as (
    select
        newest.event_number, field.ev_id, field.table_name, field.column_name,
        field.old #>> '{}' as value_before, field.new #>> '{}' as value_now,
        row_number() over (
            partition by field.ev_id order by field.table_name collate "C", field.row_key collate "C", field.column_name collate "C"
        ) as position
    from field_change as field
    inner join newest on field.ev_id = newest.ev_id and field.change = newest.change
    where newest.event_number <= 200 and field.kind = 'revised' and not is_withheld(field.column_name)
        and not is_bookkeeping(field.column_name)
)

select ev_id, table_name, column_name, value_before, value_now
from valued
where position <= 10
order by event_number, position;

-- needs: event_version, field_change
-- grain: one row per value that one of the last 1,000 revisions of an event changed, in the order of ev_id and change; at most 20 values of each
-- functions: mart
with newest as (
    select ev_id, change from event_version where kind = 'revised' order by change desc, ev_id collate "C" limit 1000
),

valued as (
    select
        field.ev_id, field.change, field.release_from, field.release_to, field.kind, field.table_name, field.column_name,
        field.old #>> '{}' as old, field.new #>> '{}' as new,
        row_number() over (
            partition by field.ev_id, field.change
            order by field.table_name collate "C", field.row_key collate "C", field.column_name collate "C"
        ) as position
    from field_change as field
    inner join newest on field.ev_id = newest.ev_id and field.change = newest.change
    -- Without bookkeeping and without names and addresses of persons.
    where field.kind = 'revised' and not is_bookkeeping(field.column_name)
        and not is_withheld(field.column_name)
)

select ev_id, change, release_from, release_to, table_name, column_name, old, new
from valued
where position <= 20
order by ev_id collate "C", change, position;

-- needs: change, event_version, row_version
-- grain: one row per withdrawn, revised or new event, with the number of changed rows; the first 500 events
with changed_rows as (
    select
        ev_id,
        count(*) as differing_rows,
        count(distinct table_name) as tables
    from row_version
    where change = (select max(number) from change) and kind <> 'moved' and ev_id is not null
    group by ev_id
)

select
    event_version.ev_id,
    event_version.kind,
    event_version.era,
    changed_rows.tables,
    changed_rows.differing_rows
from event_version
inner join changed_rows on changed_rows.ev_id = event_version.ev_id
where event_version.change = (select max(number) from change) and event_version.kind <> 'source'
order by array_position(array['withdrawn', 'revised', 'new'], event_version.kind), event_version.ev_id collate "C"
limit 500;

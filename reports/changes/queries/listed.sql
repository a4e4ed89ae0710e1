-- needs: change, event_version, row_version
-- grain: one row per event that is withdrawn, revised or new: how many of its rows differ; the first 500
with differing as (
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
    differing.tables,
    differing.differing_rows
from event_version
inner join differing on differing.ev_id = event_version.ev_id
where event_version.change = (select max(number) from change)
order by array_position(array['withdrawn', 'revised', 'new'], event_version.kind), event_version.ev_id collate "C"
limit 500;

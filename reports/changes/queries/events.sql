-- needs: change, event_version
-- grain: one row per era and kind of change: how many events are new, revised or withdrawn
select
    era,
    kind,
    count(*) as events
from event_version
where change = (select max(number) from change)
group by era, kind
order by era collate "C", kind collate "C";

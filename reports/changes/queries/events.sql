-- needs: change, event_version
-- grain: one row per era and kind of change, with the number of new, revised or withdrawn events
select
    era,
    kind,
    count(*) as events
from event_version
where change = (select max(number) from change) and kind <> 'source'
group by era, kind
order by era collate "C", kind collate "C";

-- needs: source_edition
-- grain: one row per source file, with what became of its events; the newest file last
select
    source_file,
    kind,
    to_char(newest_change, 'YYYY-MM-DD HH24:MI:SS') as newest_change,
    events,
    events_published,
    events_superseded,
    events_withdrawn
from source_edition
order by newest_change nulls first, source_file collate "C";

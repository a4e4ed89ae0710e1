-- needs: raw_events
-- grain: one row per case of an event before 2008
select
    source_row,
    'old_shape' as reason,
    'a case before 2008: its document is kept, and its tables are unknown' as detail
from raw_events
where not is_modern

-- needs: raw_events, events
-- flags: events.ev_city filled up with blanks as by a column of fixed width (15), where longer names may be cut off
-- One blank at the end is a slip of typing, unless it is the one that makes the width full. The weekly files are
-- written by today's system, which does not fill up.
select raw.source_row
from raw_events as raw
inner join events on raw.source_row = events.source_row
where raw.ev_city ~ '  $' or raw.ev_city ~ '^.{14} $' and events.source_file !~ '^up'

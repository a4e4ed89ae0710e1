-- needs: raw_events, events
-- flags: events.ev_city padded with blanks to a fixed width of 15, where longer names may be truncated
-- A single trailing blank is a typing error unless it is the fifteenth character. Weekly files are excluded: the current system
-- of NTSB does not pad.
select raw.source_row
from raw_events as raw
inner join events on raw.source_row = events.source_row
where right(raw.ev_city, 1) = ' '
    and (right(raw.ev_city, 2) = '  ' or length(raw.ev_city) = 15 and events.source_file !~ '^up')

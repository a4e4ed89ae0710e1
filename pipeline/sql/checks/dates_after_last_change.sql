-- needs: events
-- checks: no event happened after the last change to its source file
-- severity: warn
-- allow: 0, the newest lchg_date of a file dates the file, so that the check does not depend on the system clock
-- family: dates
with files as (
    select source_file, max(lchg_date) as last_change
    from events
    group by source_file
)

select
    'events' as relation,
    events.ev_id as row_key,
    format(
        'ev_date is %s, %s was last changed on %s', events.ev_date, events.source_file, files.last_change::date
    ) as detail
from events
inner join files on events.source_file = files.source_file
-- One day of tolerance: event dates are in UTC, change dates in local time.
where events.ev_date > files.last_change::date + 1

-- needs: events
-- checks: no event happened after the last change to its source file
-- severity: warn
-- allow: 0, the newest lchg_date of a file tells when it was written, so no clock is asked
-- family: dates
with written as (
    select source_file, max(lchg_date) as written_at
    from events
    group by source_file
)

select
    'events' as relation,
    events.ev_id as row_key,
    format(
        'ev_date is %s, %s was last changed on %s', events.ev_date, events.source_file, written.written_at::date
    ) as detail
from events
inner join written on events.source_file = written.source_file
-- Dates are in UTC and changes in local time: a day of grace.
where events.ev_date > written.written_at::date + 1

-- needs: events
-- checks: at most a tenth of the dated events of an era lies outside its years
-- severity: stop
-- allow: 0, single strays are a finding about the row, a tenth of them one about how the file is read
-- family: dates
with eras (era, first_date, last_date) as (
    -- Two-digit years read in the wrong century are what this is for.
    values
    ('avall', '2008-01-01'::date, null::date),
    ('pre2008', '1982-01-01'::date, '2007-12-31'::date),
    ('pre1982', '1962-01-01'::date, '1981-12-31'::date)
),

written as (
    select era, max(lchg_date)::date + 1 as last_date
    from events
    group by era
),

counted as (
    select
        events.era,
        count(*) as dated,
        count(*) filter (
            where events.ev_date < eras.first_date or events.ev_date > coalesce(eras.last_date, written.last_date)
        ) as outside
    from events
    inner join eras on events.era = eras.era
    inner join written on events.era = written.era
    where events.ev_date is not null
    group by events.era
)

select
    'events' as relation,
    era as row_key,
    format('%s of %s dated events lie outside its years', outside, dated) as detail
from counted
where outside > 0.1 * dated
    -- A handful of rows proves nothing about how a file is read.
    and outside >= 10

-- needs: events
-- checks: at most a tenth of the dated events of an era are outside its years
-- severity: stop
-- allow: 0, single dates outside are errors in the row, a tenth of them an error in how the file is read
-- family: dates
with eras (era, first_date, last_date) as (
    -- Detects two-digit years that were read in the wrong century.
    values
    ('avall', '2008-01-01'::date, null::date),
    ('pre2008', '1982-01-01'::date, '2007-12-31'::date),
    ('pre1982', '1962-01-01'::date, '1981-12-31'::date)
),

files as (
    select era, max(lchg_date)::date + 1 as last_date
    from events
    group by era
),

counted as (
    select
        events.era,
        count(*) as dated,
        count(*) filter (
            where events.ev_date < eras.first_date or events.ev_date > coalesce(eras.last_date, files.last_date)
        ) as outside
    from events
    inner join eras on events.era = eras.era
    inner join files on events.era = files.era
    where events.ev_date is not null
    group by events.era
)

select
    'events' as relation,
    era as row_key,
    format('%s of %s dated events lie outside its years', outside, dated) as detail
from counted
where outside > 0.1 * dated
    -- Fewer rows are not evidence of a reading error.
    and outside >= 10

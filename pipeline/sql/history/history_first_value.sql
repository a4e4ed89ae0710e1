-- needs: history.field_change
-- When NTSB's record first has a value, of events that the database received while their investigation was open.
create or replace view history.first_value as
with first_database as (
    -- A source is a database, a weekly file or a month of the API: avall, up08NOV, api-2024-05.
    select lower(split_part(source, '-', 1)) as era, min(number) as change
    from history.change
    cross join lateral jsonb_object_keys(files) as source
    group by lower(split_part(source, '-', 1))
),

entered as (
    select distinct on (version.ev_id) version.ev_id, version.change, (version.later ->> 'ev_date')::date as ev_date
    from history.row_version as version
    inner join first_database on first_database.era = version.later ->> 'era' and first_database.change < version.change
    where version.table_name = 'events' and version.kind = 'new'
    order by version.ev_id asc, version.change asc
),

open_case as (
    select * from entered
    where not exists (
        select from history.row_version as narrative
        where
            narrative.ev_id = entered.ev_id and narrative.change = entered.change
            and narrative.table_name = 'narratives' and narrative.later ->> 'narr_cause' <> ''
    )
),

first_change as (
    select field.ev_id, field.table_name, field.column_name, open_case.ev_date, min(field.change) as change
    from history.field_change as field
    inner join open_case on open_case.ev_id = field.ev_id and open_case.change <= field.change
    where
        field.kind in ('new', 'revised') and field.new not in ('null', '""') and coalesce(field.old, 'null') in ('null', '""')
    group by field.ev_id, field.table_name, field.column_name, open_case.ev_date
)

select
    first_change.table_name, first_change.column_name, (select count(*) from open_case) as open_cases, count(*) as cases,
    count((edition.later ->> 'lchg_date')::date - first_change.ev_date) as dated_cases,
    percentile_cont(0.5) within group (order by (edition.later ->> 'lchg_date')::date - first_change.ev_date) as median_days,
    percentile_cont(0.9) within group (order by (edition.later ->> 'lchg_date')::date - first_change.ev_date) as p90_days
from first_change
left join history.row_version as edition
    on edition.ev_id = first_change.ev_id and edition.change = first_change.change and edition.table_name = 'events'
group by first_change.table_name, first_change.column_name;
comment on view history.first_value is
'One row per table and column of events that entered after the first release with their era and had no probable cause then: '
'days from the event to NTSB''s change date (lchg_date) of the edition in which the column first has a value.';
comment on column history.first_value.open_cases is 'Events that entered open; the same in all rows.';
comment on column history.first_value.cases is 'Open cases in which the column has had a value in some release.';
comment on column history.first_value.dated_cases is
'Cases whose row of events changed with the value, and that have a date: the days are known. The percentiles are over these.';
comment on column history.first_value.median_days is 'Median of the days; a value in the first edition counts with its date.';
comment on column history.first_value.p90_days is '90th percentile of the days.';

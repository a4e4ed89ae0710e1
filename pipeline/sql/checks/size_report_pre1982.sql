-- needs: tblfirsthalf, tblsecondhalf, tbloccurrences, tblseqofevents, ct_pre1982, pre1982_occurrences, pre1982_seq_of_events, pre1982_causes
-- checks: how many rows and bytes each table of the 1962-1981 records has
-- severity: report
-- allow: 0, a report accuses nobody
-- family: size
with counted as (
    select 'tblfirsthalf' as relation, count(*) as rows, sum(pg_column_size(t.*)) as bytes from tblfirsthalf as t
    union all
    select 'tblsecondhalf' as relation, count(*) as rows, sum(pg_column_size(t.*)) as bytes from tblsecondhalf as t
    union all
    select 'tbloccurrences' as relation, count(*) as rows, sum(pg_column_size(t.*)) as bytes from tbloccurrences as t
    union all
    select 'tblseqofevents' as relation, count(*) as rows, sum(pg_column_size(t.*)) as bytes from tblseqofevents as t
    union all
    select 'ct_pre1982' as relation, count(*) as rows, sum(pg_column_size(t.*)) as bytes from ct_pre1982 as t
    union all
    select 'pre1982_occurrences' as relation, count(*) as rows, sum(pg_column_size(t.*)) as bytes from pre1982_occurrences as t
    union all
    select 'pre1982_seq_of_events' as relation, count(*) as rows, sum(pg_column_size(t.*)) as bytes from pre1982_seq_of_events as t
    union all
    select 'pre1982_causes' as relation, count(*) as rows, sum(pg_column_size(t.*)) as bytes from pre1982_causes as t
)

select
    relation,
    'all' as row_key,
    -- Bytes of the rows themselves: what lies on disk differs from build to build.
    format('%s rows, %s bytes', rows, coalesce(bytes, 0)) as detail
from counted

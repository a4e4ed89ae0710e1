-- needs: tblfirsthalf, tblsecondhalf, tbloccurrences, tblseqofevents, ct_pre1982
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
)

select
    relation,
    'all' as row_key,
    -- Bytes of the rows themselves: what lies on disk differs from build to build.
    format('%s rows, %s bytes', rows, coalesce(bytes, 0)) as detail
from counted

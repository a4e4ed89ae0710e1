-- needs: tblfirsthalf, tblsecondhalf, tbloccurrences, tblseqofevents, ct_pre1982, pre1982_occurrences, pre1982_seq_of_events, pre1982_causes
-- checks: number of rows of each table of the 1962-1981 records
-- severity: report
-- allow: 0, a report never fails
-- family: size
-- Signed relations were counted when they were signed.
with counted as (
    select 'tblfirsthalf' as relation,
        coalesce(audit.signed_rows('tblfirsthalf'), (select count(*) from tblfirsthalf)) as rows
    union all
    select 'tblsecondhalf' as relation,
        coalesce(audit.signed_rows('tblsecondhalf'), (select count(*) from tblsecondhalf)) as rows
    union all
    select 'tbloccurrences' as relation,
        coalesce(audit.signed_rows('tbloccurrences'), (select count(*) from tbloccurrences)) as rows
    union all
    select 'tblseqofevents' as relation,
        coalesce(audit.signed_rows('tblseqofevents'), (select count(*) from tblseqofevents)) as rows
    union all
    select 'ct_pre1982' as relation,
        coalesce(audit.signed_rows('ct_pre1982'), (select count(*) from ct_pre1982)) as rows
    union all
    select 'pre1982_occurrences' as relation,
        coalesce(audit.signed_rows('pre1982_occurrences'), (select count(*) from pre1982_occurrences)) as rows
    union all
    select 'pre1982_seq_of_events' as relation,
        coalesce(audit.signed_rows('pre1982_seq_of_events'), (select count(*) from pre1982_seq_of_events)) as rows
    union all
    select 'pre1982_causes' as relation,
        coalesce(audit.signed_rows('pre1982_causes'), (select count(*) from pre1982_causes)) as rows
)

select
    relation,
    'all' as row_key,
    -- No size in bytes: it depends on the server and the build (shown by `python -m pipeline status`).
    format('%s rows', rows) as detail
from counted

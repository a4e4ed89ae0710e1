-- needs: tblfirsthalf, tblsecondhalf, tbloccurrences, tblseqofevents, ct_pre1982, pre1982_occurrences, pre1982_seq_of_events, pre1982_causes
-- checks: how many rows each table of the 1962-1981 records has
-- severity: report
-- allow: 0, a report accuses nobody
-- family: size
with counted as (
    select 'tblfirsthalf' as relation, count(*) as rows from tblfirsthalf
    union all
    select 'tblsecondhalf' as relation, count(*) as rows from tblsecondhalf
    union all
    select 'tbloccurrences' as relation, count(*) as rows from tbloccurrences
    union all
    select 'tblseqofevents' as relation, count(*) as rows from tblseqofevents
    union all
    select 'ct_pre1982' as relation, count(*) as rows from ct_pre1982
    union all
    select 'pre1982_occurrences' as relation, count(*) as rows from pre1982_occurrences
    union all
    select 'pre1982_seq_of_events' as relation, count(*) as rows from pre1982_seq_of_events
    union all
    select 'pre1982_causes' as relation, count(*) as rows from pre1982_causes
)

select
    relation,
    'all' as row_key,
    -- No bytes: they differ from server to server and from build to build (python -m pipeline status has them).
    format('%s rows', rows) as detail
from counted

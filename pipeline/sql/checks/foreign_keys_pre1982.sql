-- needs: tblsecondhalf, tbloccurrences, tblseqofevents, tblfirsthalf
-- checks: every row of the 1962-1981 records hangs on a first half
-- severity: stop
-- allow: 0, orphans belong in quarantine
-- family: foreign keys
select
    'tblsecondhalf' as relation,
    concat_ws(' ', recnum) as row_key,
    'no row in tblfirsthalf' as detail
from tblsecondhalf
left join tblfirsthalf using (recnum)
where tblfirsthalf.source_row is null
union all
select
    'tbloccurrences' as relation,
    concat_ws(' ', recnum) as row_key,
    'no row in tblfirsthalf' as detail
from tbloccurrences
left join tblfirsthalf using (recnum)
where tblfirsthalf.source_row is null
union all
select
    'tblseqofevents' as relation,
    concat_ws(' ', recnum) as row_key,
    'no row in tblfirsthalf' as detail
from tblseqofevents
left join tblfirsthalf using (recnum)
where tblfirsthalf.source_row is null

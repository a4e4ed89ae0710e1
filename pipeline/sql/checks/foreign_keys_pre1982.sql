-- needs: tblsecondhalf, tbloccurrences, tblseqofevents, tblfirsthalf
-- checks: every row of the 1962-1981 records hangs on a first half
-- severity: stop
-- allow: 0, orphans belong in quarantine
-- family: foreign keys
with children as (
    select 'tblsecondhalf' as relation, recnum from tblsecondhalf
    union all
    select 'tbloccurrences' as relation, recnum from tbloccurrences
    union all
    select 'tblseqofevents' as relation, recnum from tblseqofevents
)

select
    relation,
    concat_ws(' ', recnum) as row_key,
    'no row in tblfirsthalf' as detail
from children
where not exists (
    select from tblfirsthalf where tblfirsthalf.recnum = children.recnum
)

-- needs: tblsecondhalf, tbloccurrences, tblseqofevents, tblfirsthalf
-- checks: every row of the 1962-1981 records hangs on a first half
-- severity: stop
-- allow: 0, orphans belong in quarantine
-- family: foreign keys
-- Where a constraint sees to it, nothing is read.
with children as (
    select 'tblsecondhalf' as relation, recnum from tblsecondhalf
    where not audit.has_parent('tblsecondhalf', 'tblfirsthalf', 'recnum')
    union all
    select 'tbloccurrences' as relation, recnum from tbloccurrences
    where not audit.has_parent('tbloccurrences', 'tblfirsthalf', 'recnum')
    union all
    select 'tblseqofevents' as relation, recnum from tblseqofevents
    where not audit.has_parent('tblseqofevents', 'tblfirsthalf', 'recnum')
)

select
    relation,
    concat_ws(' ', recnum) as row_key,
    'no row in tblfirsthalf' as detail
from children
where not exists (
    select from tblfirsthalf where tblfirsthalf.recnum = children.recnum
)

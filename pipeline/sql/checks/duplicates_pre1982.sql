-- needs: tblfirsthalf, tblsecondhalf, tbloccurrences, tblseqofevents, ct_pre1982
-- checks: no two rows of a table of the 1962-1981 records have the same key
-- severity: stop
-- allow: 0, a key names one row
-- family: duplicates
-- Where a constraint forbids it, nothing is read.
with repeated as (
    select
        'tblfirsthalf' as relation,
        concat_ws(' ', recnum) as row_key,
        count(*) as copies
    from tblfirsthalf
    where not audit.is_unique('tblfirsthalf', 'recnum')
    group by recnum
    having count(*) > 1
    union all
    select
        'tblsecondhalf' as relation,
        concat_ws(' ', recnum) as row_key,
        count(*) as copies
    from tblsecondhalf
    where not audit.is_unique('tblsecondhalf', 'recnum')
    group by recnum
    having count(*) > 1
    union all
    select
        'tbloccurrences' as relation,
        concat_ws(' ', recnum, id) as row_key,
        count(*) as copies
    from tbloccurrences
    where not audit.is_unique('tbloccurrences', 'recnum, id')
    group by recnum, id
    having count(*) > 1
    union all
    select
        'tblseqofevents' as relation,
        concat_ws(' ', recnum, id) as row_key,
        count(*) as copies
    from tblseqofevents
    where not audit.is_unique('tblseqofevents', 'recnum, id')
    group by recnum, id
    having count(*) > 1
    union all
    select
        'ct_pre1982' as relation,
        concat_ws(' ', source_file, source_row) as row_key,
        count(*) as copies
    from ct_pre1982
    where not audit.is_unique('ct_pre1982', 'source_file, source_row')
    group by source_file, source_row
    having count(*) > 1
)

select relation, row_key, format('%s rows with this key', copies) as detail
from repeated

-- needs: tblfirsthalf, tblsecondhalf, tbloccurrences, tblseqofevents, ct_pre1982
-- checks: no two rows of a table of the 1962-1981 records have the same key
-- severity: stop
-- allow: 0, a key names one row
-- family: duplicates
with repeated as (
    select
        'tblfirsthalf' as relation,
        concat_ws(' ', recnum) as row_key,
        count(*) as copies
    from tblfirsthalf
    group by recnum
    having count(*) > 1
    union all
    select
        'tblsecondhalf' as relation,
        concat_ws(' ', recnum) as row_key,
        count(*) as copies
    from tblsecondhalf
    group by recnum
    having count(*) > 1
    union all
    select
        'tbloccurrences' as relation,
        concat_ws(' ', recnum, id) as row_key,
        count(*) as copies
    from tbloccurrences
    group by recnum, id
    having count(*) > 1
    union all
    select
        'tblseqofevents' as relation,
        concat_ws(' ', recnum, id) as row_key,
        count(*) as copies
    from tblseqofevents
    group by recnum, id
    having count(*) > 1
    union all
    select
        'ct_pre1982' as relation,
        concat_ws(' ', source_file, source_row) as row_key,
        count(*) as copies
    from ct_pre1982
    group by source_file, source_row
    having count(*) > 1
)

select relation, row_key, format('%s rows with this key', copies) as detail
from repeated

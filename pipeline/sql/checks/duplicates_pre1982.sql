-- needs: tblfirsthalf, tblsecondhalf, tbloccurrences, tblseqofevents, ct_pre1982
-- checks: no two rows of a table of the 1962-1981 records have the same key
-- severity: stop
-- allow: 0, a key names one row
-- family: duplicates
-- Rows are read in order of the key, as its index has them: two alike are neighbours, and no table of all keys is needed.
with repeated as (
    select
        'tblfirsthalf' as relation,
        concat_ws(' ', recnum) as row_key,
        count(*) as copies
    from (
        select recnum from tblfirsthalf
        order by recnum
    ) as ordered
    group by recnum
    having count(*) > 1
    union all
    select
        'tblsecondhalf' as relation,
        concat_ws(' ', recnum) as row_key,
        count(*) as copies
    from (
        select recnum from tblsecondhalf
        order by recnum
    ) as ordered
    group by recnum
    having count(*) > 1
    union all
    select
        'tbloccurrences' as relation,
        concat_ws(' ', recnum, id) as row_key,
        count(*) as copies
    from (
        select recnum, id from tbloccurrences
        order by recnum, id
    ) as ordered
    group by recnum, id
    having count(*) > 1
    union all
    select
        'tblseqofevents' as relation,
        concat_ws(' ', recnum, id) as row_key,
        count(*) as copies
    from (
        select recnum, id from tblseqofevents
        order by recnum, id
    ) as ordered
    group by recnum, id
    having count(*) > 1
    union all
    select
        'ct_pre1982' as relation,
        concat_ws(' ', source_file, source_row) as row_key,
        count(*) as copies
    from (
        select source_file, source_row from ct_pre1982
        order by source_file, source_row
    ) as ordered
    group by source_file, source_row
    having count(*) > 1
)

select relation, row_key, format('%s rows with this key', copies) as detail
from repeated

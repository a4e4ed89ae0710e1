-- needs: country, states, ct_seqevt, ct_iaids, eadmspub_datadictionary
-- checks: no two rows of a code table have the same key; for lists whose lines repeat at NTSB the key is the source row
-- severity: stop
-- allow: 0, a key names one row
-- family: duplicates
-- Where a constraint forbids it, nothing is read.
with repeated as (
    select
        'country' as relation,
        concat_ws(' ', country_code) as row_key,
        count(*) as copies
    from country
    where not audit.is_unique('country', 'country_code')
    group by country_code
    having count(*) > 1
    union all
    select
        'states' as relation,
        concat_ws(' ', state) as row_key,
        count(*) as copies
    from states
    where not audit.is_unique('states', 'state')
    group by state
    having count(*) > 1
    union all
    select
        'ct_seqevt' as relation,
        concat_ws(' ', code) as row_key,
        count(*) as copies
    from ct_seqevt
    where not audit.is_unique('ct_seqevt', 'code')
    group by code
    having count(*) > 1
    union all
    select
        'ct_iaids' as relation,
        concat_ws(' ', source_file, source_row) as row_key,
        count(*) as copies
    from ct_iaids
    where not audit.is_unique('ct_iaids', 'source_file, source_row')
    group by source_file, source_row
    having count(*) > 1
    union all
    select
        'eadmspub_datadictionary' as relation,
        concat_ws(' ', source_file, source_row) as row_key,
        count(*) as copies
    from eadmspub_datadictionary
    where not audit.is_unique('eadmspub_datadictionary', 'source_file, source_row')
    group by source_file, source_row
    having count(*) > 1
)

select relation, row_key, format('%s rows with this key', copies) as detail
from repeated

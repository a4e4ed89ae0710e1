-- needs: events
-- checks: every event since 1982 has an NTSB number
-- severity: warn
-- allow: 0, the records of 1962-1981 have none
-- family: required values
select
    'events' as relation,
    ev_id as row_key,
    'ntsb_no is missing' as detail
from events
where coalesce(convert.to_code(ntsb_no), '') = '' and not mart.is_record_era(era)

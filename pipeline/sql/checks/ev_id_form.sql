-- needs: events
-- checks: an ev_id is a date YYYYMMDD followed by X and five digits or by six digits, or API- and the key of a case; in 1962-1981 a prefix, a hyphen and the record number in six or more digits
-- severity: warn
-- allow: 0, another form does not break joins but may come from a file that was read incorrectly
-- family: required values
select
    'events' as relation,
    ev_id as row_key,
    'ev_id has another form' as detail
from events
where ev_id !~ case when mart.is_record_era(era) then '^[A-Z0-9]+-[0-9]{6,}$' else '^([0-9]{8}(X[0-9]{5}|[0-9]{6})|API-[0-9]{6,})$' end

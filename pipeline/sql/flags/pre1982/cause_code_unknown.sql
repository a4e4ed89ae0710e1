-- needs: tblseqofevents, ct_pre1982
-- flags: tblSeqOfEvents.CFCode a cause or factor without a code, or with one that the file's own list does not have
-- Where a file has no list at all, only missing codes are accused.
with known as (
    select btrim(code) as code
    from ct_pre1982
    where upper(btrim(name)) = 'CAUSE_FACTOR' and btrim(code) not in ('', '**')
)

select source_row from tblseqofevents
where coalesce(cfcode, '') = ''
    or (exists (select from known) and not exists (select from known where known.code = tblseqofevents.cfcode))

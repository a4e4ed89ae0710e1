-- needs: tblseqofevents, ct_pre1982
-- flags: tblSeqOfEvents.CFCode cause or factor without a code, or with a code missing from the code list of the file
-- If the file has no such list, only missing codes are flagged.
with known as (
    select btrim(code) as code
    from ct_pre1982
    where upper(btrim(name)) = 'CAUSE_FACTOR' and btrim(code) not in ('', '**')
)

select source_row from tblseqofevents
where coalesce(cfcode, '') = ''
    or (exists (select from known) and not exists (select from known where known.code = tblseqofevents.cfcode))

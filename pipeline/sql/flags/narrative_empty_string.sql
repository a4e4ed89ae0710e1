-- needs: raw_narratives
-- flags: narratives.narr_accp text that is there and has no characters: neither an account nor missing
select source_row from raw_narratives
where narr_accp = ''

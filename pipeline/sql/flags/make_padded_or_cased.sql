-- needs: raw_aircraft
-- flags: aircraft.acft_make blanks around it, no capital at all, or capitals strewn into a word
-- A capital within a word is a name (McDonnell, deHavilland); two with small letters between them are not.
select source_row from raw_aircraft
where acft_make ~ '^ | $'
    or acft_make ~ '[a-z]' and acft_make !~ '[A-Z]'
    or acft_make ~ '[A-Za-z][a-z][A-Z]+[a-z]+[A-Z]'

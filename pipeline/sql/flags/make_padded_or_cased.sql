-- needs: raw_aircraft
-- flags: aircraft.acft_make whitespace other than single blanks between words, no capital letter, or irregular capitals within a word
-- One capital within a word occurs in names (McDonnell, deHavilland); two with lower-case letters between them do not.
select source_row from raw_aircraft
where acft_make <> '' and acft_make is distinct from convert.to_words(acft_make)
    or acft_make ~ '[a-z]' and acft_make !~ '[A-Z]'
    or acft_make ~ '[A-Za-z][a-z][A-Z]+[a-z]+[A-Z]'

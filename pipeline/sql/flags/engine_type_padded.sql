-- needs: raw_engines
-- flags: engines.eng_type blanks around the code, which then equals no code
select source_row from raw_engines
where eng_type ~ '^ | $'

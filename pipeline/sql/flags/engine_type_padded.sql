-- needs: raw_engines
-- flags: engines.eng_type leading or trailing blanks, so that the value matches no code
select source_row from raw_engines
where eng_type ~ '^ | $'

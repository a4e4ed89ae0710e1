-- needs: raw_engines
-- flags: engines.eng_type leading or trailing whitespace, so that the value matches no code
select source_row from raw_engines
where eng_type <> '' and eng_type is distinct from convert.to_words(eng_type)

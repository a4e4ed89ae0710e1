-- needs: raw_narratives
-- flags: narratives.narr_accp empty string: neither a narrative nor a missing value
select source_row from raw_narratives
where narr_accp = ''

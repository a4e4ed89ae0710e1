-- needs: narratives
-- flags: narratives.narr_accf copy of narr_accp: the factual narrative has no text of its own
-- octet_length does not decompress the text, and few narratives of an aircraft are of similar length.
select source_row from narratives
where abs(octet_length(narr_accf) - octet_length(narr_accp)) <= 100
    and btrim(regexp_replace(narr_accf, '\s+', ' ', 'g')) <> ''
    and btrim(regexp_replace(narr_accf, '\s+', ' ', 'g')) = btrim(regexp_replace(narr_accp, '\s+', ' ', 'g'))

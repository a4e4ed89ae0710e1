-- needs: narratives
-- flags: narratives.narr_accf copy of narr_accp, apart from white space: the factual narrative has no text of its own
-- `case` makes PostgreSQL compare the lengths first: that does not decompress the texts, and few are of the same length.
select source_row from narratives
where case
    when abs(octet_length(narr_accf) - octet_length(narr_accp)) <= 20
        then
            translate(narr_accf, E' \t\r\n', '') <> ''
            and translate(narr_accf, E' \t\r\n', '') = translate(narr_accp, E' \t\r\n', '')
end

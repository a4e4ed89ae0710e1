-- needs: narratives
-- flags: narratives.narr_accf copy of narr_accp, apart from whitespace and case: the factual narrative has no text of its own
-- Copies differ in line breaks, by up to a tenth of their length. `case` makes PostgreSQL compare the lengths first: that does not
-- decompress the texts, and few are of similar length. It compares the beginnings before the whole texts.
select source_row from narratives
where case
    when abs(octet_length(narr_accf) - octet_length(narr_accp)) <= 20 + octet_length(narr_accp) / 10
        then case
            when lower(left(translate(left(narr_accf, 60), E' \t\r\n\u00a0', ''), 8))
                = lower(left(translate(left(narr_accp, 60), E' \t\r\n\u00a0', ''), 8))
                then
                    lower(translate(narr_accf, E' \t\r\n\u00a0', '')) = lower(translate(narr_accp, E' \t\r\n\u00a0', ''))
                    and translate(narr_accf, E' \t\r\n\u00a0', '') <> ''
        end
end

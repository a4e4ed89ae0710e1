-- needs: narratives
-- flags: narratives.narr_accp only the word `import`, an artifact of a data load
-- octet_length does not decompress the text, and hardly any narrative is so short.
select source_row from narratives
where octet_length(narr_accp) < 100 and lower(btrim(narr_accp)) = 'import'

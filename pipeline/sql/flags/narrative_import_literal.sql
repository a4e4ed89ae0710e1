-- needs: narratives
-- flags: narratives.narr_accp the word `import` alone: left behind by a load, no account
-- A text's size is known without unpacking it, and hardly any is so short.
select source_row from narratives
where octet_length(narr_accp) < 100 and lower(btrim(narr_accp)) = 'import'

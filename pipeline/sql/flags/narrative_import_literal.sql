-- needs: narratives
-- flags: narratives.narr_accp the word `import` alone: left behind by a load, no account
select source_row from narratives
where length(btrim(narr_accp)) = 6 and lower(btrim(narr_accp)) = 'import'

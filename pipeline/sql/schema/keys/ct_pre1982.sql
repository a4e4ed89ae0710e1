-- needs: ct_pre1982
-- grain: one row per code and its meaning, 1962-1981; code '**' heads a set and is no value
-- NTSB's own columns need not tell the rows apart: the same code may stand twice in a set.
alter table ct_pre1982 add primary key (source_file, source_row);

-- The meaning of a code.
create index ct_pre1982_name_code on ct_pre1982 (name, code);

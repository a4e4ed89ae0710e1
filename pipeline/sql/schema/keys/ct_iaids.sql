-- needs: ct_iaids
-- grain: one row per line of the general code table
-- NTSB's own columns do not tell the rows apart: two lines have no code.
alter table ct_iaids add primary key (source_file, source_row);

-- The meaning of a code.
create index ct_iaids_ct_name_code_iaids on ct_iaids (ct_name, code_iaids);

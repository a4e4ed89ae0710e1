-- needs: ct_iaids
-- grain: one row per entry of NTSB's general code table
-- NTSB's own columns do not identify a row: two entries have no code.
alter table ct_iaids add primary key (source_file, source_row);

-- Meaning of a code.
create index ct_iaids_ct_name_code_iaids on ct_iaids (ct_name, code_iaids);

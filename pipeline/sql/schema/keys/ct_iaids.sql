-- needs: ct_iaids
-- grain: one row per entry of NTSB's general code table
-- NTSB's own columns do not identify a row: two entries have no code.
alter table ct_iaids add primary key (source_file, source_row);

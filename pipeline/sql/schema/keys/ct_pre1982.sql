-- needs: ct_pre1982
-- grain: one row per code of 1962-1981 with its meaning; rows with code '**' are headings of a code list, not codes
-- NTSB's own columns do not identify a row: a code may occur twice in a list.
alter table ct_pre1982 add primary key (source_file, source_row);

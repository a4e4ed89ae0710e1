-- needs: eadmspub_datadictionary
-- grain: one row per entry of NTSB's data dictionary
-- NTSB's own columns do not identify a row: some entries are repeated.
alter table eadmspub_datadictionary add primary key (source_file, source_row);

-- needs: eadmspub_datadictionary
-- grain: one row per line of NTSB's dictionary
-- NTSB's own columns do not tell the rows apart: some lines stand there twice.
alter table eadmspub_datadictionary add primary key (source_file, source_row);

-- The meaning of a column, or of a code of it.
create index eadmspub_datadictionary_table_column_code on eadmspub_datadictionary ("table", "column", code_iaids);

-- needs: nothing
-- grain: one row per cause or factor of an occurrence in 1962-1981; two rows if it applies to both occurrences
-- types: inferred
create table tblseqofevents (
    id integer not null, recnum integer not null, occurrencenum integer, cfnum integer, cfcode text, corf text,
    era text not null,
    source_file text not null,
    source_row bigint not null
);

comment on table tblseqofevents is 'One row per cause or factor of an occurrence in 1962-1981; two rows if it applies to both occurrences.';
comment on column tblseqofevents.era is 'NTSB database that the row comes from: avall, pre2008 or pre1982.';
comment on column tblseqofevents.source_file is 'Source file of the row: avall, Pre2008, PRE1982 or a weekly upDDMON.';
comment on column tblseqofevents.source_row is 'Row number in the table of that source file, from 1, in the order of the file.';

-- needs: nothing
-- grain: one row per cause or factor of an occurrence, 1962-1981; two rows where it bears on both
create table tblseqofevents (
    id integer not null, recnum integer not null, occurrencenum integer, cfnum integer, cfcode text, corf text,
    era text not null,
    source_file text not null,
    source_row bigint not null
);

comment on table tblseqofevents is 'One row per cause or factor of an occurrence, 1962-1981; two rows where it bears on both.';
comment on column tblseqofevents.era is 'Which database of NTSB the row is from: avall, pre2008 or pre1982.';
comment on column tblseqofevents.source_file is 'Source the row is from, as NTSB names the file: avall, Pre2008, PRE1982 or upDDMON.';
comment on column tblseqofevents.source_row is 'Number of the row in its table of that file, from 1, in the order of mdb-export.';

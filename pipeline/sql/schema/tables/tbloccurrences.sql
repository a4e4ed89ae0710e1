-- needs: nothing
-- grain: one row per occurrence in the accident sequence of an aircraft in 1962-1981
-- types: inferred
create table tbloccurrences (
    id integer not null, recnum integer not null, occurrencenum integer, occurrencecode text, phaseofflight text,
    altitude text,
    era text not null,
    source_file text not null,
    source_row bigint not null
);

comment on table tbloccurrences is 'One row per occurrence in the accident sequence of an aircraft in 1962-1981.';
comment on column tbloccurrences.era is 'NTSB database that the row comes from: avall, pre2008 or pre1982.';
comment on column tbloccurrences.source_file is 'Source file of the row: avall, Pre2008, PRE1982 or a weekly upDDMON.';
comment on column tbloccurrences.source_row is 'Row number in the table of that source file, from 1, in the order of the file.';

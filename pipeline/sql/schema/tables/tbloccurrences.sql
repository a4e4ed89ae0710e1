-- needs: nothing
-- grain: one row per occurrence in the course of an accident of one aircraft, 1962-1981
create table tbloccurrences (
    id integer not null, recnum integer not null, occurrencenum integer, occurrencecode text, phaseofflight text,
    altitude text,
    era text not null,
    source_file text not null,
    source_row bigint not null
);

comment on table tbloccurrences is 'One row per occurrence in the course of an accident of one aircraft, 1962-1981.';
comment on column tbloccurrences.era is 'Which database of NTSB the row is from: avall, pre2008 or pre1982.';
comment on column tbloccurrences.source_file is 'Source the row is from, as NTSB names the file: avall, Pre2008, PRE1982 or upDDMON.';
comment on column tbloccurrences.source_row is 'Number of the row in its table of that file, from 1, in the order of mdb-export.';

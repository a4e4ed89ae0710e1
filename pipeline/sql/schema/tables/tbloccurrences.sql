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

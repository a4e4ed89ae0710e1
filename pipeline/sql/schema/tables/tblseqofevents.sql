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

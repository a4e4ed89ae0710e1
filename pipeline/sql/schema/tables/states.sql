-- needs: nothing
-- grain: one row per state and the District of Columbia
create table states (
    state text not null,
    name text,
    faa_region text,
    era text not null,
    source_file text not null,
    source_row bigint not null
);

comment on table states is 'One row per state and the District of Columbia.';
comment on column states.era is 'NTSB database that the row comes from: avall, pre2008 or pre1982.';
comment on column states.source_file is 'Source file of the row: avall, Pre2008, PRE1982 or a weekly upDDMON.';
comment on column states.source_row is
'Row number in the table of that source file, from 1, in the order of the file.';

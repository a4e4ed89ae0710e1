-- needs: nothing
-- grain: one row per code and its meaning, 1962-1981; code '**' heads a set and is no value
create table ct_pre1982 (
    name text, code text, meang text,
    era text not null,
    source_file text not null,
    source_row bigint not null
);

comment on table ct_pre1982 is 'One row per code and its meaning, 1962-1981; code ''**'' heads a set and is no value.';
comment on column ct_pre1982.era is 'Which database of NTSB the row is from: avall, pre2008 or pre1982.';
comment on column ct_pre1982.source_file is 'Source the row is from, as NTSB names the file: avall, Pre2008, PRE1982 or upDDMON.';
comment on column ct_pre1982.source_row is 'Number of the row in its table of that file, from 1, in the order of mdb-export.';

-- needs: nothing
-- grain: one row per code of 1962-1981 with its meaning; rows with code '**' are headings of a code list, not codes
-- types: inferred
create table ct_pre1982 (
    name text, code text, meang text,
    era text not null,
    source_file text not null,
    source_row bigint not null
);

comment on table ct_pre1982 is
'One row per code of 1962-1981 with its meaning; rows with code ''**'' are headings of a code list, not codes.';
comment on column ct_pre1982.era is 'NTSB database that the row comes from: avall, pre2008 or pre1982.';
comment on column ct_pre1982.source_file is 'Source file of the row: avall, Pre2008, PRE1982 or a weekly upDDMON.';
comment on column ct_pre1982.source_row is 'Row number in the table of that source file, from 1, in the order of the file.';

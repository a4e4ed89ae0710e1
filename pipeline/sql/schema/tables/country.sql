-- needs: nothing
-- grain: one row per country code
create table country (
    country_code text not null,
    country_name text,
    era text not null,
    source_file text not null,
    source_row bigint not null
);

comment on table country is 'One row per country code.';
comment on column country.era is 'NTSB database that the row comes from: avall, pre2008 or pre1982.';
comment on column country.source_file is 'Source file of the row: avall, Pre2008, PRE1982 or a weekly upDDMON.';
comment on column country.source_row is
'Row number in the table of that source file, from 1, in the order of the file.';

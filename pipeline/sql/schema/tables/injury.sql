-- needs: nothing
-- grain: one row per aircraft, person category and injury level; the categories TOTL and ABRD are sums of other rows
create table injury (
    ev_id text not null,
    aircraft_key integer not null,
    inj_person_category text not null,
    injury_level text not null,
    inj_person_count integer,
    lchg_date timestamp,
    lchg_userid text,
    era text not null,
    source_file text not null,
    source_row bigint not null
);

comment on table injury is
'One row per aircraft, person category and injury level; the categories TOTL and ABRD are sums of other rows.';
comment on column injury.era is 'NTSB database that the row comes from: avall, pre2008 or pre1982.';
comment on column injury.source_file is 'Source file of the row: avall, Pre2008, PRE1982 or a weekly upDDMON.';
comment on column injury.source_row is
'Row number in the table of that source file, from 1, in the order of the file.';

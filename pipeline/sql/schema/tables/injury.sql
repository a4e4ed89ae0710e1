-- needs: nothing
-- grain: one row per aircraft, group of persons and level of injury; TOTL and ABRD are sums of other rows
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
'One row per aircraft, group of persons and level of injury; TOTL and ABRD are sums of other rows.';
comment on column injury.era is 'Which database of NTSB the row is from: avall, pre2008 or pre1982.';
comment on column injury.source_file is 'File the row is from: avall, Pre2008, PRE1982 or a weekly upDDMON.';
comment on column injury.source_row is
'Number of the row in its table of that file, from 1 on, as mdb-export gives them.';

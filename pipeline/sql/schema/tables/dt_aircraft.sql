-- needs: nothing
-- grain: one row per code of a multi-valued column of aircraft
create table dt_aircraft (
    ev_id text not null,
    aircraft_key integer not null,
    col_name text not null,
    code text not null,
    lchg_date timestamp,
    lchg_userid text,
    era text not null,
    source_file text not null,
    source_row bigint not null
);

comment on table dt_aircraft is 'One row per code of a multi-valued column of aircraft.';
comment on column dt_aircraft.era is 'NTSB database that the row comes from: avall, pre2008 or pre1982.';
comment on column dt_aircraft.source_file is 'Source file of the row: avall, Pre2008, PRE1982 or a weekly upDDMON.';
comment on column dt_aircraft.source_row is
'Row number in the table of that source file, from 1, in the order of the file.';

-- needs: nothing
-- grain: one row per crew member, type of flight time and type of aircraft, in hours
create table flight_time (
    ev_id text not null,
    aircraft_key integer not null,
    crew_no integer not null,
    flight_type text not null,
    flight_craft text not null,
    flight_hours real,
    lchg_date timestamp,
    lchg_userid text,
    era text not null,
    source_file text not null,
    source_row bigint not null
);

comment on table flight_time is 'One row per crew member, type of flight time and type of aircraft, in hours.';
comment on column flight_time.era is 'NTSB database that the row comes from: avall, pre2008 or pre1982.';
comment on column flight_time.source_file is 'Source file of the row: avall, Pre2008, PRE1982 or a weekly upDDMON.';
comment on column flight_time.source_row is
'Row number in the table of that source file, from 1, in the order of the file.';

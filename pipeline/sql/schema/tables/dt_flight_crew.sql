-- needs: nothing
-- grain: one row per code of a multi-valued column of flight_crew
create table dt_flight_crew (
    ev_id text not null,
    aircraft_key integer not null,
    crew_no integer not null,
    col_name text not null,
    code text not null,
    lchg_date timestamp,
    lchg_userid text,
    era text not null,
    source_file text not null,
    source_row bigint not null
);

comment on table dt_flight_crew is 'One row per code of a multi-valued column of flight_crew.';
comment on column dt_flight_crew.era is 'NTSB database that the row comes from: avall, pre2008 or pre1982.';
comment on column dt_flight_crew.source_file is 'Source file of the row: avall, Pre2008, PRE1982 or a weekly upDDMON.';
comment on column dt_flight_crew.source_row is
'Row number in the table of that source file, from 1, in the order of the file.';

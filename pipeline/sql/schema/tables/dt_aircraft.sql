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

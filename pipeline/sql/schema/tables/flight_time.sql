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

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

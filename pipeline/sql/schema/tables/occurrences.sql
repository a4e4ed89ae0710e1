-- needs: nothing
-- grain: one row per occurrence in the accident sequence of an aircraft, in the codes used before 2008
create table occurrences (
    ev_id text not null,
    aircraft_key integer not null,
    occurrence_no integer not null,
    occurrence_code integer,
    phase_of_flight integer,
    altitude integer,
    lchg_date timestamp,
    lchg_userid text,
    era text not null,
    source_file text not null,
    source_row bigint not null
);

comment on table occurrences is 'One row per occurrence in the accident sequence of an aircraft, in the codes used before 2008.';

-- needs: nothing
-- grain: one row per event in the accident sequence of an aircraft, in the codes used since 2008
create table events_sequence (
    ev_id text not null,
    aircraft_key integer not null,
    occurrence_no integer not null,
    occurrence_code text,
    occurrence_description text,
    phase_no text,
    eventsoe_no text,
    defining_ev boolean,
    lchg_date timestamp,
    lchg_userid text,
    era text not null,
    source_file text not null,
    source_row bigint not null
);

comment on table events_sequence is
'One row per event in the accident sequence of an aircraft, in the codes used since 2008.';

-- needs: nothing
-- grain: one row per step in the chain of what happened to an aircraft, coded as since 2008
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
'One row per step in the chain of what happened to an aircraft, coded as since 2008.';
comment on column events_sequence.era is 'Which database of NTSB the row is from: avall, pre2008 or pre1982.';
comment on column events_sequence.source_file is 'File the row is from: avall, Pre2008, PRE1982 or a weekly upDDMON.';
comment on column events_sequence.source_row is
'Number of the row in its table of that file, from 1 on, as mdb-export gives them.';

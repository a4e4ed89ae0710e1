-- needs: nothing
-- grain: one row per cause, factor or remark on an occurrence, in the codes used before 2008
create table seq_of_events (
    ev_id text not null,
    aircraft_key integer not null,
    occurrence_no integer not null,
    seq_event_no integer not null,
    group_code integer not null,
    subj_code integer,
    cause_factor text,
    modifier_code integer,
    person_code integer,
    lchg_date timestamp,
    lchg_userid text,
    era text not null,
    source_file text not null,
    source_row bigint not null
);

comment on table seq_of_events is 'One row per cause, factor or remark on an occurrence, in the codes used before 2008.';

-- needs: nothing
-- grain: one row per cause, factor or related condition of an aircraft in 1962-1981, at most ten, in the order of the record
create table pre1982_causes (
    ev_id text not null,
    aircraft_key integer not null,
    cause_no integer not null,
    cause_code text,
    cause_meaning text,
    group_code text,
    group_meaning text,
    relation_code text,
    relation text,
    on_first_occurrence boolean,
    on_second_occurrence boolean,
    era text not null,
    source_file text not null,
    source_row bigint not null
);

comment on table pre1982_causes is
'One row per cause, factor or related condition of an aircraft in 1962-1981, at most ten, in the order of the record.';

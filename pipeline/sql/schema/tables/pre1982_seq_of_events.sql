-- needs: nothing
-- grain: one row per cause or factor of an occurrence in 1962-1981, in the codes of those years; two rows if it applies to both occurrences
create table pre1982_seq_of_events (
    ev_id text not null,
    aircraft_key integer not null,
    record_id integer not null,
    occurrence_no integer,
    cause_no integer,
    cause_code text,
    cause_meaning text,
    cause_factor text,
    era text not null,
    source_file text not null,
    source_row bigint not null
);

comment on table pre1982_seq_of_events is
'One row per cause or factor of an occurrence in 1962-1981, in the codes of those years; two rows if it applies to both occurrences.';

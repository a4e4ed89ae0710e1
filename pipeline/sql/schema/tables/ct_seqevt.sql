-- needs: nothing
-- grain: one row per code of occurrences and seq_of_events
create table ct_seqevt (
    code integer not null,
    meaning text,
    era text not null,
    source_file text not null,
    source_row bigint not null
);

comment on table ct_seqevt is 'One row per code of occurrences and seq_of_events.';

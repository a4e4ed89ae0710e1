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
comment on column ct_seqevt.era is 'Which database of NTSB the row is from: avall, pre2008 or pre1982.';
comment on column ct_seqevt.source_file is 'File the row is from: avall, Pre2008, PRE1982 or a weekly upDDMON.';
comment on column ct_seqevt.source_row is
'Number of the row in its table of that file, from 1 on, as mdb-export gives them.';

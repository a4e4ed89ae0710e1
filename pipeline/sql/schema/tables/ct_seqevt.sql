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
comment on column ct_seqevt.era is 'NTSB database that the row comes from: avall, pre2008 or pre1982.';
comment on column ct_seqevt.source_file is 'Source file of the row: avall, Pre2008, PRE1982 or a weekly upDDMON.';
comment on column ct_seqevt.source_row is
'Row number in the table of that source file, from 1, in the order of the file.';

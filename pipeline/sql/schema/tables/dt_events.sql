-- needs: nothing
-- grain: one row per code of a multi-valued column of events
create table dt_events (
    ev_id text not null,
    col_name text not null,
    code text not null,
    lchg_date timestamp,
    lchg_userid text,
    era text not null,
    source_file text not null,
    source_row bigint not null
);

comment on table dt_events is 'One row per code of a multi-valued column of events.';
comment on column dt_events.era is 'NTSB database that the row comes from: avall, pre2008 or pre1982.';
comment on column dt_events.source_file is 'Source file of the row: avall, Pre2008, PRE1982 or a weekly upDDMON.';
comment on column dt_events.source_row is
'Row number in the table of that source file, from 1, in the order of the file.';

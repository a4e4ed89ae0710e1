-- needs: nothing
-- grain: one row per code of a column of events that takes several
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

comment on table dt_events is 'One row per code of a column of events that takes several.';
comment on column dt_events.era is 'Which database of NTSB the row is from: avall, pre2008 or pre1982.';
comment on column dt_events.source_file is 'File the row is from: avall, Pre2008, PRE1982 or a weekly upDDMON.';
comment on column dt_events.source_row is
'Number of the row in its table of that file, from 1 on, as mdb-export gives them.';

-- needs: nothing
-- grain: one row per event: how far the investigation has come
create table ntsb_admin (
    ev_id text not null,
    rec_stat text,
    approval_date date,
    lchg_userid text,
    lchg_date timestamp,
    era text not null,
    source_file text not null,
    source_row bigint not null
);

comment on table ntsb_admin is 'One row per event: how far the investigation has come.';
comment on column ntsb_admin.era is 'Which database of NTSB the row is from: avall, pre2008 or pre1982.';
comment on column ntsb_admin.source_file is 'File the row is from: avall, Pre2008, PRE1982 or a weekly upDDMON.';
comment on column ntsb_admin.source_row is
'Number of the row in its table of that file, from 1 on, as mdb-export gives them.';

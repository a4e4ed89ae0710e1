-- needs: nothing
-- grain: one row per event: status of the investigation
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

comment on table ntsb_admin is 'One row per event: status of the investigation.';
comment on column ntsb_admin.era is 'NTSB database that the row comes from: avall, pre2008 or pre1982.';
comment on column ntsb_admin.source_file is 'Source file of the row: avall, Pre2008, PRE1982 or a weekly upDDMON.';
comment on column ntsb_admin.source_row is
'Row number in the table of that source file, from 1, in the order of the file.';

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

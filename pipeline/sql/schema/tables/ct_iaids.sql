-- needs: nothing
-- grain: one row per line of the general code table; some lines have no code
create table ct_iaids (
    ct_name text,
    code_iaids text,
    meaning text,
    seq integer,
    ntsb_type text,
    ntsb_code text,
    avn_code text,
    ntsb_codes_more text,
    not_for_ntsb_use boolean,
    eadms_use boolean,
    notes text,
    era text not null,
    source_file text not null,
    source_row bigint not null
);

comment on table ct_iaids is 'One row per line of the general code table; some lines have no code.';
comment on column ct_iaids.era is 'Which database of NTSB the row is from: avall, pre2008 or pre1982.';
comment on column ct_iaids.source_file is 'File the row is from: avall, Pre2008, PRE1982 or a weekly upDDMON.';
comment on column ct_iaids.source_row is
'Number of the row in its table of that file, from 1 on, as mdb-export gives them.';

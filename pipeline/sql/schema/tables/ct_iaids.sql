-- needs: nothing
-- grain: one row per entry of NTSB's general code table; some entries have no code
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

comment on table ct_iaids is 'One row per entry of NTSB''s general code table; some entries have no code.';
comment on column ct_iaids.era is 'NTSB database that the row comes from: avall, pre2008 or pre1982.';
comment on column ct_iaids.source_file is 'Source file of the row: avall, Pre2008, PRE1982 or a weekly upDDMON.';
comment on column ct_iaids.source_row is
'Row number in the table of that source file, from 1, in the order of the file.';

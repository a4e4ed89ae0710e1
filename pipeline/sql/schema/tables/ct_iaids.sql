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

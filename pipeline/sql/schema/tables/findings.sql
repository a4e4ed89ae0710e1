-- needs: nothing
-- grain: one row per finding about an aircraft, since 2008: a cause or contributing factor determined by NTSB
create table findings (
    ev_id text not null,
    aircraft_key integer not null,
    finding_no integer not null,
    finding_code text,
    finding_description text,
    category_no text,
    subcategory_no text,
    section_no text,
    subsection_no text,
    modifier_no text,
    cause_factor text,
    lchg_date timestamp,
    lchg_userid text,
    cm_inpc text,
    era text not null,
    source_file text not null,
    source_row bigint not null
);

comment on table findings is
'One row per finding about an aircraft, since 2008: a cause or contributing factor determined by NTSB.';

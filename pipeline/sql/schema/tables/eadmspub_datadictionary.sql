-- needs: nothing
-- grain: one row per entry of NTSB's data dictionary: a column, or one code of a column; a few entries are repeated
-- convert: question_def to_memo
-- convert: code_meaning to_memo
-- convert: change_notes to_memo
create table eadmspub_datadictionary (
    category_of_data text,
    "table" text,
    "column" text,
    ct_name text,
    code_iaids text,
    meaning text,
    data_type_eadms text,
    length_eadms double precision,
    short_desc text,
    question_def text,
    code_meaning text,
    typeofchange text,
    change_notes text,
    era text not null,
    source_file text not null,
    source_row bigint not null
);

comment on table eadmspub_datadictionary is
'One row per entry of NTSB''s data dictionary: a column, or one code of a column; a few entries are repeated.';

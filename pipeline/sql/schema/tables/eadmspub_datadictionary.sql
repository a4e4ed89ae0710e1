-- needs: nothing
-- grain: one row per line of NTSB's dictionary: a column, or one code of it; a few lines repeat
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
'One row per line of NTSB''s dictionary: a column, or one code of it; a few lines repeat.';
comment on column eadmspub_datadictionary.era is 'Which database of NTSB the row is from: avall, pre2008 or pre1982.';
comment on column eadmspub_datadictionary.source_file is
'File the row is from: avall, Pre2008, PRE1982 or a weekly upDDMON.';
comment on column eadmspub_datadictionary.source_row is
'Number of the row in its table of that file, from 1 on, as mdb-export gives them.';

-- needs: nothing
-- grain: one row per cause, factor or related condition of an aircraft in 1962-1981, at most ten, in the order of the record
create table pre1982_causes (
    ev_id text not null,
    aircraft_key integer not null,
    cause_no integer not null,
    cause_code text,
    cause_meaning text,
    group_code text,
    group_meaning text,
    relation_code text,
    relation text,
    on_first_occurrence boolean,
    on_second_occurrence boolean,
    era text not null,
    source_file text not null,
    source_row bigint not null
);

comment on table pre1982_causes is
'One row per cause, factor or related condition of an aircraft in 1962-1981, at most ten, in the order of the record.';
comment on column pre1982_causes.cause_no is
'Position in the record, 1 to 10. Causes are ordered by code, not by importance: the first is not the probable cause.';
comment on column pre1982_causes.cause_code is
'The code: group and remainder concatenated (CAUSE_FACTOR_nP and nS), as in the source.';
comment on column pre1982_causes.cause_meaning is
'Meaning of cause_code in the source file''s own code list (CAUSE_FACTOR); null where it is not listed.';
comment on column pre1982_causes.group_code is 'Group of the code (CAUSE_FACTOR_nP), for example 64, pilot in command.';
comment on column pre1982_causes.group_meaning is 'Meaning of the group in the source file''s own code list; null where it is not listed.';
comment on column pre1982_causes.relation_code is 'CAUSE_FACTOR_nM, as in the source: A, B, C, J, K, L, 1, 2 or 3.';
comment on column pre1982_causes.relation is
'Derived from relation_code: cause (A, B, C), factor (J, K, L) or related (1, 2, 3); null for any other code.';
comment on column pre1982_causes.on_first_occurrence is
'True where relation_code refers to the first occurrence (A, J, 1) or to both (C, L, 3); null where relation is null.';
comment on column pre1982_causes.on_second_occurrence is
'True where relation_code refers to the second occurrence (B, K, 2) or to both (C, L, 3); null where relation is null.';
comment on column pre1982_causes.era is 'NTSB database that the row comes from: avall, pre2008 or pre1982.';
comment on column pre1982_causes.source_file is
'Source file of the row: avall, Pre2008, PRE1982 or a weekly upDDMON.';
comment on column pre1982_causes.source_row is
'Number of the tblFirstHalf row that the row is derived from, from 1, in the order of the file.';

-- needs: nothing
-- grain: one row per cause, factor or related condition of an aircraft, 1962-1981: at most ten, in the order of the record
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
'One row per cause, factor or related condition of an aircraft, 1962-1981: at most ten, in the order of the record.';
comment on column pre1982_causes.cause_no is
'Place in the record, 1 to 10. The order is that of the codes, and says nothing of weight: the first is no probable cause.';
comment on column pre1982_causes.cause_code is
'Group and rest of the code together (CAUSE_FACTOR_nP and nS), as stated.';
comment on column pre1982_causes.cause_meaning is
'What the file''s own code list says of cause_code (CAUSE_FACTOR); empty where it says nothing.';
comment on column pre1982_causes.group_code is 'The group alone (CAUSE_FACTOR_nP), such as 64, the pilot in command.';
comment on column pre1982_causes.group_meaning is 'What the file''s own code list says of the group.';
comment on column pre1982_causes.relation_code is 'CAUSE_FACTOR_nM, as stated: A, B, C; J, K, L; 1, 2, 3.';
comment on column pre1982_causes.relation is
'cause (A, B, C), factor (J, K, L) or related (1, 2, 3); empty where the code is none of these.';
comment on column pre1982_causes.on_first_occurrence is
'Whether it bears on the first occurrence: A, J, 1, and C, L, 3 for both; empty where relation is.';
comment on column pre1982_causes.on_second_occurrence is
'Whether it bears on the second occurrence: B, K, 2, and C, L, 3 for both; empty where relation is.';
comment on column pre1982_causes.era is 'Which database of NTSB the row is from: avall, pre2008 or pre1982.';
comment on column pre1982_causes.source_file is
'Source the row is from, as NTSB names the file: avall, Pre2008, PRE1982 or upDDMON.';
comment on column pre1982_causes.source_row is
'Number of the row of tblFirstHalf that it is made of, from 1, in the order of mdb-export.';

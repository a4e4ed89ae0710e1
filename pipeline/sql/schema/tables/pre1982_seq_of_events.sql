-- needs: nothing
-- grain: one row per cause or factor of an occurrence in 1962-1981, in the codes of those years; two rows if it applies to both occurrences
create table pre1982_seq_of_events (
    ev_id text not null,
    aircraft_key integer not null,
    record_id integer not null,
    occurrence_no integer,
    cause_no integer,
    cause_code text,
    cause_meaning text,
    cause_factor text,
    era text not null,
    source_file text not null,
    source_row bigint not null
);

comment on table pre1982_seq_of_events is
'One row per cause or factor of an occurrence in 1962-1981, in the codes of those years; two rows if it applies to both occurrences.';
comment on column pre1982_seq_of_events.record_id is 'Record number in tblSeqOfEvents (ID), assigned by NTSB.';
comment on column pre1982_seq_of_events.occurrence_no is 'Number of the occurrence that the cause or factor applies to, as in the source.';
comment on column pre1982_seq_of_events.cause_no is 'Number of the cause or factor within the aircraft record, as in the source.';
comment on column pre1982_seq_of_events.cause_code is 'Code of the cause or factor, as in the source.';
comment on column pre1982_seq_of_events.cause_meaning is
'Meaning of cause_code in the source file''s own code list (CAUSE_FACTOR); null where it is not listed.';
comment on column pre1982_seq_of_events.cause_factor is
'C: cause; F: factor, as in the source; empty for a related condition.';
comment on column pre1982_seq_of_events.era is 'NTSB database that the row comes from: avall, pre2008 or pre1982.';
comment on column pre1982_seq_of_events.source_file is
'Source file of the row: avall, Pre2008, PRE1982 or a weekly upDDMON.';
comment on column pre1982_seq_of_events.source_row is
'Number of the tblSeqOfEvents row that the row is derived from, from 1, in the order of the file.';

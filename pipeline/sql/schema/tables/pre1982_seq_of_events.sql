-- needs: nothing
-- grain: one row per cause or factor of an occurrence, 1962-1981, in the codes of those years; two rows where it bears on both
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
'One row per cause or factor of an occurrence, 1962-1981, in the codes of those years; two rows where it bears on both.';
comment on column pre1982_seq_of_events.record_id is 'NTSB''s number of the row in tblSeqOfEvents.';
comment on column pre1982_seq_of_events.occurrence_no is 'The occurrence it bears on, as stated.';
comment on column pre1982_seq_of_events.cause_no is 'Number of the cause or factor within the aircraft, as stated.';
comment on column pre1982_seq_of_events.cause_code is 'The code, as stated.';
comment on column pre1982_seq_of_events.cause_meaning is
'What the file''s own code list says of cause_code (CAUSE_FACTOR); empty where it says nothing.';
comment on column pre1982_seq_of_events.cause_factor is
'C for a cause, F for a factor, as stated; empty for what is related.';
comment on column pre1982_seq_of_events.era is 'Which database of NTSB the row is from: avall, pre2008 or pre1982.';
comment on column pre1982_seq_of_events.source_file is
'Source the row is from, as NTSB names the file: avall, Pre2008, PRE1982 or upDDMON.';
comment on column pre1982_seq_of_events.source_row is
'Number of the row of tblSeqOfEvents that it is made of, from 1, in the order of mdb-export.';

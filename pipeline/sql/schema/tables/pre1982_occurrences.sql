-- needs: nothing
-- grain: one row per occurrence in the course of an accident of one aircraft, 1962-1981, in the codes of those years
create table pre1982_occurrences (
    ev_id text not null,
    aircraft_key integer not null,
    record_id integer not null,
    occurrence_no integer,
    occurrence_code text,
    occurrence_meaning text,
    phase_code text,
    phase_meaning text,
    altitude_code text,
    altitude_ft integer,
    era text not null,
    source_file text not null,
    source_row bigint not null
);

comment on table pre1982_occurrences is
'One row per occurrence in the course of an accident of one aircraft, 1962-1981, in the codes of those years.';
comment on column pre1982_occurrences.record_id is 'NTSB''s number of the row in tblOccurrences.';
comment on column pre1982_occurrences.occurrence_no is 'First or second occurrence, as stated.';
comment on column pre1982_occurrences.occurrence_code is 'Type of accident, as stated; a letter and often a digit.';
comment on column pre1982_occurrences.occurrence_meaning is
'What the file''s own code list says of occurrence_code (ACCIDENT_TYPE); empty where it says nothing.';
comment on column pre1982_occurrences.phase_code is 'Phase of operation, as stated; two characters.';
comment on column pre1982_occurrences.phase_meaning is
'What the file''s own code list says of phase_code (OPERATION_PHASE); empty where it says nothing.';
comment on column pre1982_occurrences.altitude_code is 'Altitude, as stated; Z is unknown.';
comment on column pre1982_occurrences.altitude_ft is 'Altitude in feet, where five digits state it.';
comment on column pre1982_occurrences.era is 'Which database of NTSB the row is from: avall, pre2008 or pre1982.';
comment on column pre1982_occurrences.source_file is
'Source the row is from, as NTSB names the file: avall, Pre2008, PRE1982 or upDDMON.';
comment on column pre1982_occurrences.source_row is
'Number of the row of tblOccurrences that it is made of, from 1, in the order of mdb-export.';

-- needs: nothing
-- grain: one row per occurrence in the accident sequence of an aircraft in 1962-1981, in the codes of those years
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
'One row per occurrence in the accident sequence of an aircraft in 1962-1981, in the codes of those years.';
comment on column pre1982_occurrences.record_id is 'Record number in tblOccurrences (ID), assigned by NTSB.';
comment on column pre1982_occurrences.occurrence_no is 'Number of the occurrence, first or second, as in the source.';
comment on column pre1982_occurrences.occurrence_code is
'Code of the accident type, as in the source: a letter, often followed by a digit.';
comment on column pre1982_occurrences.occurrence_meaning is
'Meaning of occurrence_code in the source file''s own code list (ACCIDENT_TYPE); null where it is not listed.';
comment on column pre1982_occurrences.phase_code is 'Code of the phase of operation, as in the source: two characters.';
comment on column pre1982_occurrences.phase_meaning is
'Meaning of phase_code in the source file''s own code list (OPERATION_PHASE); null where it is not listed.';
comment on column pre1982_occurrences.altitude_code is 'Altitude, as in the source; Z means unknown.';
comment on column pre1982_occurrences.altitude_ft is 'Altitude in feet; null unless altitude_code has five digits.';
comment on column pre1982_occurrences.era is 'NTSB database that the row comes from: avall, pre2008 or pre1982.';
comment on column pre1982_occurrences.source_file is
'Source file of the row: avall, Pre2008, PRE1982 or a weekly upDDMON.';
comment on column pre1982_occurrences.source_row is
'Number of the tblOccurrences row that the row is derived from, from 1, in the order of the file.';

-- needs: nothing
-- grain: one row per step in the chain of what happened to an aircraft, coded as before 2008
create table occurrences (
    ev_id text not null,
    aircraft_key integer not null,
    occurrence_no integer not null,
    occurrence_code integer,
    phase_of_flight integer,
    altitude integer,
    lchg_date timestamp,
    lchg_userid text,
    era text not null,
    source_file text not null,
    source_row bigint not null
);

comment on table occurrences is 'One row per step in the chain of what happened to an aircraft, coded as before 2008.';
comment on column occurrences.era is 'Which database of NTSB the row is from: avall, pre2008 or pre1982.';
comment on column occurrences.source_file is 'File the row is from: avall, Pre2008, PRE1982 or a weekly upDDMON.';
comment on column occurrences.source_row is
'Number of the row in its table of that file, from 1 on, as mdb-export gives them.';

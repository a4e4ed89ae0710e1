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

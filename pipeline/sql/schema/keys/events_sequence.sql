-- needs: events_sequence, aircraft
-- grain: one row per step in the chain of what happened to an aircraft, coded as since 2008
alter table events_sequence add primary key (ev_id, aircraft_key, occurrence_no);

-- The aircraft to which something happened.
create index events_sequence_occurrence_code on events_sequence (occurrence_code);

alter table events_sequence add foreign key (ev_id, aircraft_key) references aircraft;

-- needs: seq_of_events, occurrences
-- grain: one row per cause, factor or remark on an occurrence, in the codes used before 2008
alter table seq_of_events add primary key (ev_id, aircraft_key, occurrence_no, seq_event_no, group_code);

-- Aircraft with a cause or factor.
create index seq_of_events_subj_code on seq_of_events (subj_code);

alter table seq_of_events add foreign key (ev_id, aircraft_key, occurrence_no) references occurrences;

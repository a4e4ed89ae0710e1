-- needs: engines, aircraft
-- grain: one row per engine of an aircraft, with its propeller
alter table engines add primary key (ev_id, aircraft_key, eng_no);

-- Aircraft with an engine of a make and model.
create index engines_eng_mfgr_eng_model on engines (eng_mfgr, eng_model);

alter table engines add foreign key (ev_id, aircraft_key) references aircraft;

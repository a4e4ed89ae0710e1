-- needs: pre1982_causes, aircraft
-- grain: one row per cause, factor or related condition of an aircraft in 1962-1981, at most ten, in the order of the record
alter table pre1982_causes add primary key (ev_id, aircraft_key, cause_no);

-- Accidents with a cause or factor.
create index pre1982_causes_cause_code on pre1982_causes (cause_code);

alter table pre1982_causes add foreign key (ev_id, aircraft_key) references aircraft;

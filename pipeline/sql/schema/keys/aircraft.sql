-- needs: aircraft, events
-- grain: one row per aircraft in an event
alter table aircraft add primary key (ev_id, aircraft_key);

-- Aircraft of a make and model: equal to a text, similar to it, or containing it.
create index aircraft_acft_make_acft_model on aircraft using gin (acft_make gin_trgm_ops, acft_model gin_trgm_ops);

-- Events of one airframe.
create index aircraft_regis_no on aircraft (regis_no);

alter table aircraft add foreign key (ev_id) references events;

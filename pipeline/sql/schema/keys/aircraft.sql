-- needs: aircraft, events
-- grain: one row per aircraft in an event
alter table aircraft add primary key (ev_id, aircraft_key);

-- Aircraft of a make and model.
create index aircraft_acft_make_acft_model on aircraft (acft_make, acft_model);

-- Events of one airframe.
create index aircraft_regis_no on aircraft (regis_no);

alter table aircraft add foreign key (ev_id) references events;

-- needs: narratives, aircraft
-- grain: one row per aircraft in an event that has prose
alter table narratives add primary key (ev_id, aircraft_key);

-- The narratives that speak of some words.
create index narratives_search_vector on narratives using gin (search_vector);

alter table narratives add foreign key (ev_id, aircraft_key) references aircraft;

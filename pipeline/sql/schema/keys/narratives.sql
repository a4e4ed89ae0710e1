-- needs: narratives, aircraft
-- grain: one row per aircraft with narratives
alter table narratives add primary key (ev_id, aircraft_key);

-- Full-text search in the narratives.
create index narratives_search_vector on narratives using gin (search_vector);

alter table narratives add foreign key (ev_id, aircraft_key) references aircraft;

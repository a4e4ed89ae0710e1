-- needs: ntsb_admin, events
-- grain: one row per event: status of the investigation
alter table ntsb_admin add primary key (ev_id);
alter table ntsb_admin add foreign key (ev_id) references events;

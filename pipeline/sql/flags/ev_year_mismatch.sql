-- needs: events
-- flags: events.ev_year year differs from the year of ev_date
select source_row from events
where ev_year_ntsb <> extract(year from ev_date)

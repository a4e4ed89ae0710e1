-- needs: events
-- flags: events.ev_year the year as NTSB states it is not that of the date
select source_row from events
where ev_year_ntsb <> extract(year from ev_date)

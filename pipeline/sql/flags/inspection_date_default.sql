-- needs: aircraft
-- flags: aircraft.date_last_insp 2 January 2000, the default where the date is not known
select source_row from aircraft
where date_last_insp = date '2000-01-02'

-- needs: aircraft, events
-- flags: aircraft.acft_year year before 1900, or more than one year after the last change to the file
select source_row from aircraft
where acft_year < 1900 or acft_year > (select extract(year from max(lchg_date)) + 1 from events)

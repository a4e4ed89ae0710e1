-- needs: aircraft
-- flags: aircraft.num_eng more than eight engines, which hardly any aircraft has, or a negative number
select source_row from aircraft
where num_eng > 8 or num_eng < 0

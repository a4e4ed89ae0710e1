-- needs: aircraft
-- flags: aircraft.num_eng more than eight engines, or fewer than none; hardly an aircraft flies with more
select source_row from aircraft
where num_eng > 8 or num_eng < 0

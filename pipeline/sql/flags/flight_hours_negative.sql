-- needs: flight_time
-- flags: flight_time.flight_hours less than none
select source_row from flight_time
where flight_hours < 0

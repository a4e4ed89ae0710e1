-- needs: flight_time
-- flags: flight_time.flight_hours negative hours
select source_row from flight_time
where flight_hours < 0

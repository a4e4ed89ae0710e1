-- needs: flight_time
-- flags: flight_time.flight_hours more than 70,000 hours; the highest lifetime total on record is about 65,000
select source_row from flight_time
where flight_hours > 70000

-- needs: flight_time
-- flags: flight_time.flight_hours more than 70000 hours; the record of a life is about 65000
select source_row from flight_time
where flight_hours > 70000

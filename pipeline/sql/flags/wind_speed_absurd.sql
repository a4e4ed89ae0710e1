-- needs: events
-- flags: events.wind_vel_kts steady wind of more than 137 knots: a hurricane of the highest category; or below zero
select source_row from events
where wind_vel_kts > 137 or wind_vel_kts < 0

-- needs: events
-- flags: events.wind_vel_kts sustained wind above 137 knots, the threshold of a category 5 hurricane, or a negative speed
select source_row from events
where wind_vel_kts > 137 or wind_vel_kts < 0

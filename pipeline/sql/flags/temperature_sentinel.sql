-- needs: events
-- flags: events.wx_temp no temperature of air: beyond 134 degrees Fahrenheit or below -129, the records on Earth
-- Numbers such as 149 and 999 stand for a temperature that was not taken.
select source_row from events
where wx_temp > 134 or wx_temp < -129

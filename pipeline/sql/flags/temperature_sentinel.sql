-- needs: events
-- flags: events.wx_temp not an air temperature: above 134 or below -129 degrees Fahrenheit, the records on Earth
-- Values such as 149 and 999 stand for a temperature that was not measured.
select source_row from events
where wx_temp > 134 or wx_temp < -129

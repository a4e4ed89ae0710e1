-- needs: flight_crew
-- flags: Flight_Crew.crew_age under 10 or over 100 years; 0 stands for an age that is not known
select source_row from flight_crew
where crew_age < 10 or crew_age > 100

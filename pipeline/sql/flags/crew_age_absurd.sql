-- needs: flight_crew
-- flags: Flight_Crew.crew_age age below 10 or above 100 years; 0 stands for an unknown age
select source_row from flight_crew
where crew_age < 10 or crew_age > 100

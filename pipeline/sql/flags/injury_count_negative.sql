-- needs: injury
-- flags: injury.inj_person_count negative number of persons
select source_row from injury
where inj_person_count < 0

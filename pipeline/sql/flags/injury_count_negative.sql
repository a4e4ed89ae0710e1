-- needs: injury
-- flags: injury.inj_person_count fewer persons than none
select source_row from injury
where inj_person_count < 0

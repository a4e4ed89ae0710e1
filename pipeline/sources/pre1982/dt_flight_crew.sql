-- needs: pilot, meaning, word
-- grain: one row per pilot and certificate or airplane rating that the file's own meaning of the code names, 1962-1981
-- One code may name several ('COMMERCIAL, FLIGHT INSTRUCTOR'): each is a row, as today.
select
    pilot.ev_id,
    pilot.aircraft_key,
    pilot.crew_no,
    held.col_name,
    word.modern as code,
    pilot.source_row
from pilot
cross join
    lateral (
        values
        ('CERTIFICATE', 'crew_cert_code', pilot.certificate), ('RATING', 'crew_rat_airpln', pilot.rating)
    ) as held (field, col_name, code)
inner join meaning on held.field = meaning.field and held.code = meaning.code
inner join word on held.field = word.field and meaning.meaning ~ word.pattern

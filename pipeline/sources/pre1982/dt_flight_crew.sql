-- needs: pilot, meaning, meaning_pattern
-- grain: one row per pilot of 1962-1981 and certificate or airplane rating in the meaning of the pilot's code
-- One code may stand for several certificates ('COMMERCIAL, FLIGHT INSTRUCTOR'), which become several rows, as since 1982.
select
    pilot.ev_id,
    pilot.aircraft_key,
    pilot.crew_no,
    qualification.col_name,
    meaning_pattern.modern as code,
    pilot.source_row
from pilot
cross join
    lateral (
        values
        ('CERTIFICATE', 'crew_cert_code', pilot.certificate), ('RATING', 'crew_rat_airpln', pilot.rating)
    ) as qualification (field, col_name, code)
inner join meaning on qualification.field = meaning.field and qualification.code = meaning.code
inner join meaning_pattern on qualification.field = meaning_pattern.field and meaning.meaning ~ meaning_pattern.pattern

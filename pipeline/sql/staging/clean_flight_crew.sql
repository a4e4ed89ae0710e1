-- needs: flight_crew
-- grain: one row per crew member of an aircraft, with codes trimmed and in upper case
-- kind: view
-- schema: staging
-- column: crew_category_code Code crew_category, trimmed and in upper case; null where it is empty.
-- column: crew_age Age, in years; null outside 10 to 100, because 0 means not recorded and values up to 255 occur.
-- column: crew_inj_level_code Code crew_inj_level, trimmed and in upper case; null where it is empty.
-- column: med_certf_code Code med_certf, trimmed and in upper case; null where it is empty.
select
    ev_id,
    aircraft_key,
    crew_no,
    nullif(convert.to_code(crew_category), '') as crew_category_code,
    case when crew_age between 10 and 100 then crew_age end as crew_age,
    nullif(convert.to_code(crew_inj_level), '') as crew_inj_level_code,
    nullif(convert.to_code(med_certf), '') as med_certf_code,
    ft_as_of,
    era,
    source_file,
    source_row
from flight_crew

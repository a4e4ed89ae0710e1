-- needs: injury
-- grain: one row per aircraft, category of persons and level of injury, without the totals (ABRD, TOTL) that NTSB stores as rows
-- kind: view
-- Counts can be summed. Files since 2023-12 truncate categories to four letters (Flig, Pass, Cabi); earlier ones have Crew or one category
-- per role. person_group is the same in all of them, and null for an unknown category. Lap children may also be counted as passengers.
-- column: category Code of the persons counted (inj_person_category), trimmed and in upper case.
-- column: person_group Group of the category: CREW, PASSENGERS or LAP CHILDREN; null for another category.
-- column: injury_level Code of the level of injury, trimmed and in upper case: FATL, SERS, MINR or NONE.
with cleaned as (
    select
        ev_id, aircraft_key, convert.to_code(inj_person_category) as category, convert.to_code(injury_level) as injury_level,
        inj_person_count, era, source_file, source_row
    from injury
)

select
    ev_id,
    aircraft_key,
    category,
    case
        when category in ('PLT', 'CPLT', 'DSTU', 'FENG', 'FLTI', 'KPLT', 'OCRW', 'CABN', 'CREW', 'FLIG', 'CABI') then 'CREW'
        when category in ('PAX', 'PASS') then 'PASSENGERS'
        when category = 'LAPC' then 'LAP CHILDREN'
    end as person_group,
    injury_level,
    inj_person_count,
    era,
    source_file,
    source_row
from cleaned
where (category in ('ABRD', 'TOTL') or injury_level in ('ABRD', 'TOTL')) is not true

-- needs: injury
-- grain: one row per aircraft, category of persons and level of injury; sums that NTSB writes among them (ABRD, TOTL) are left out
-- kind: view
-- Counts may be added up. Files since 2023-12 cut words at four letters (Flig, Pass, Cabi), those before have one category Crew or one per
-- post: person_group is the same in all of them, null for a category that is in no list. Lap children may stand among passengers too.
with cleaned as (
    select
        ev_id, aircraft_key, upper(btrim(inj_person_category)) as category, upper(btrim(injury_level)) as injury_level,
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
where category not in ('ABRD', 'TOTL') and injury_level not in ('ABRD', 'TOTL')

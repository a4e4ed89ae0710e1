-- needs: ct_pre1982, meaning_pattern
-- grain: temporary views: verified_code and meaning, one row per field and code; decoded, one row per field and code that has a modern code

-- Modern codes of codes that are missing from the code list of the file, verified against the rows themselves: the injury index
-- against the person counts, roles against the person group of the pilot, aircraft types against aircraft names. Damage codes
-- are D, S, M and N.
create or replace temporary view verified_code as
select field, code, modern
from (
    values
    ('INJURY_INDEX', 'F', 'FATL'), ('INJURY_INDEX', 'C', 'SERS'), ('INJURY_INDEX', 'M', 'MINR'),
    ('INJURY_INDEX', 'N', 'NONE'), ('ACFT_ADAMG', 'D', 'DEST'), ('ACFT_ADAMG', 'S', 'SUBS'),
    ('ACFT_ADAMG', 'M', 'MINR'), ('ACFT_ADAMG', 'N', 'NONE'), ('TYPE_CRAFT', 'A', 'AIR'), ('TYPE_CRAFT', 'B', 'HELI'),
    ('PILOT_INVOLED', 'A', 'PLT'), ('PILOT_INVOLED', 'B', 'CPLT'), ('PILOT_INVOLED', 'C', 'DSTU'),
    ('PILOT_INVOLED', 'D', 'KPLT')
) as supplement (field, code, modern);

-- Meanings in the code list of the file, without headings; if a code occurs twice, the first meaning.
create or replace temporary view meaning as
select distinct on (upper(btrim(name)), btrim(code))
    upper(btrim(name)) as field, btrim(code) as code, upper(btrim(meang)) as meaning
from ct_pre1982
where btrim(code) not in ('', '**') and btrim(meang) <> ''
order by upper(btrim(name)), btrim(code), source_row;

create or replace temporary view decoded as
select distinct on (field, code) field, code, modern
from (
    select meaning.field, meaning.code, meaning_pattern.modern, meaning_pattern.rank
    from meaning inner join meaning_pattern
        on meaning.field = meaning_pattern.field and meaning.meaning ~ meaning_pattern.pattern
    union all
    select field, code, modern, 0 as rank
    from verified_code
    where not exists (select from meaning where meaning.field = verified_code.field and meaning.code = verified_code.code)
) as candidate
order by field, code, rank;

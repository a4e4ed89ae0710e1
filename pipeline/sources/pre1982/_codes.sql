-- needs: ct_pre1982, word
-- grain: temporary views: decoded, one row per field and code that has a modern value

-- For codes that a file does not explain, where the rows themselves prove the meaning: the injury index by the counts
-- of persons, roles by the group the pilot is counted in, types by the names of the aircraft. Damage is D, S, M, N.
create or replace temporary view proven as
select field, code, modern
from (
    values
    ('INJURY_INDEX', 'F', 'FATL'), ('INJURY_INDEX', 'C', 'SERS'), ('INJURY_INDEX', 'M', 'MINR'),
    ('INJURY_INDEX', 'N', 'NONE'), ('ACFT_ADAMG', 'D', 'DEST'), ('ACFT_ADAMG', 'S', 'SUBS'),
    ('ACFT_ADAMG', 'M', 'MINR'), ('ACFT_ADAMG', 'N', 'NONE'), ('TYPE_CRAFT', 'A', 'AIR'), ('TYPE_CRAFT', 'B', 'HELI'),
    ('PILOT_INVOLED', 'A', 'PLT'), ('PILOT_INVOLED', 'B', 'CPLT'), ('PILOT_INVOLED', 'C', 'DSTU'),
    ('PILOT_INVOLED', 'D', 'KPLT')
) as supplement (field, code, modern);

-- The file's own meanings: the first of a code that stands twice, headings of sets left out.
create or replace temporary view meaning as
select distinct on (upper(btrim(name)), btrim(code))
    upper(btrim(name)) as field, btrim(code) as code, upper(btrim(meang)) as meaning
from ct_pre1982
where btrim(code) not in ('', '**') and btrim(meang) <> ''
order by upper(btrim(name)), btrim(code), source_row;

create or replace temporary view decoded as
select distinct on (field, code) field, code, modern
from (
    select meaning.field, meaning.code, word.modern, word.rank
    from meaning inner join word on meaning.field = word.field and meaning.meaning ~ word.pattern
    union all
    select field, code, modern, 0 as rank
    from proven
    where not exists (select from meaning where meaning.field = proven.field and meaning.code = proven.code)
) as found
order by field, code, rank;

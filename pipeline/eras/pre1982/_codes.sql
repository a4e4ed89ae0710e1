-- needs: ct_pre1982
-- grain: temporary views: decoded, one row per field and code that has a modern value

-- What the file's own words for a code come to in the modern tables. A code counts for what this file says of it, never
-- for its letter: half of the letters are known from usage only. First pattern that fits, in order of rank.
create or replace temporary view word as
select field, rank, pattern, modern
from (
    values
    ('ACC_INC_CLASS', 1, '^ACC', 'ACC'), ('ACC_INC_CLASS', 2, '^INC', 'INC'),
    ('INJURY_INDEX', 1, '^FATAL', 'FATL'), ('INJURY_INDEX', 2, '^SERIOUS', 'SERS'),
    ('INJURY_INDEX', 3, '^MINOR', 'MINR'), ('INJURY_INDEX', 4, '^NONE', 'NONE'),
    ('ACFT_ADAMG', 1, '^DESTROYED', 'DEST'), ('ACFT_ADAMG', 2, '^SUBSTANTIAL', 'SUBS'),
    ('ACFT_ADAMG', 3, '^MINOR', 'MINR'), ('ACFT_ADAMG', 4, '^NONE', 'NONE'),
    ('TYPE_CRAFT', 1, '^(FIXED.WING|AIRPLANE)', 'AIR'), ('TYPE_CRAFT', 2, '^(HELICOPTER|ROTORCRAFT)', 'HELI'),
    ('TYPE_CRAFT', 3, '^GLIDER', 'GLI'), ('TYPE_CRAFT', 4, '^BALLOON', 'BALL'),
    ('TYPE_CRAFT', 5, '^(BLIMP|DIRIGIBLE)', 'BLIM'), ('TYPE_CRAFT', 6, '^GYRO', 'GYRO'),
    ('TYPE_CRAFT', 7, '^ROCKET', 'RCKT'),
    ('LIGHT_COND', 1, '^DAWN', 'DAWN'), ('LIGHT_COND', 2, '^DAY', 'DAYL'), ('LIGHT_COND', 3, '^DUSK', 'DUSK'),
    ('LIGHT_COND', 4, '^NIGHT.*(BRIGHT|MOON)', 'NBRT'), ('LIGHT_COND', 5, '^NIGHT.*DARK', 'NDRK'),
    ('LIGHT_COND', 6, '^NIGHT', 'NITE'),
    ('TYPE_WEATHR', 1, '^(VFR|VMC)', 'VMC'), ('TYPE_WEATHR', 2, '^(IFR|IMC)', 'IMC'),
    ('PILOT_INVOLED', 1, '^PILOT.IN.COMMAND', 'PLT'), ('PILOT_INVOLED', 2, '^CO.?PILOT', 'CPLT'),
    ('PILOT_INVOLED', 3, '^(DUAL )?STUDENT', 'DSTU'), ('PILOT_INVOLED', 4, '^CHECK.PILOT', 'KPLT')
) as said (field, rank, pattern, modern);

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

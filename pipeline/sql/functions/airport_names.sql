-- needs: nothing
-- Comparison of names of airports. Expressions without subqueries, which the server inserts into the statement that calls them.
create schema if not exists mart;

-- The condition is true where one of the replacements applies first: most names have none of these words.
create or replace function mart.spell_out(words text) returns text
language sql immutable parallel safe
return case
    when words ~ ' (SAINT|MOUNT|FORT|MUNI|MUNCPL|MUN|CO|CNTY|CTY|INTL|REG|RGNL|REGL) ' then
        regexp_replace(regexp_replace(regexp_replace(regexp_replace(regexp_replace(regexp_replace(regexp_replace(
            words, ' (SAINT)(?= )', ' ST', 'g'), ' MOUNT(?= )', ' MT', 'g'), ' FORT(?= )', ' FT', 'g'),
        ' (MUNI|MUNCPL|MUN)(?= )', ' MUNICIPAL', 'g'), ' (CO|CNTY|CTY)(?= )', ' COUNTY', 'g'), ' INTL(?= )', ' INTERNATIONAL', 'g'),
        ' (REG|RGNL|REGL)(?= )', ' REGIONAL', 'g')
    else words
end;
comment on function mart.spell_out(text) is
'Words between blanks, in upper case, with abbreviations that names of airports have in one form: ST for SAINT, COUNTY for CO.';

create or replace function mart.all_airport_words(name text) returns text []
language sql immutable parallel safe
return coalesce(string_to_array(nullif(btrim(regexp_replace(
    mart.spell_out(' ' || regexp_replace(replace(upper(name), '''', ''), '[^A-Z0-9]+', ' ', 'g') || ' '),
    ' (AIRPORT|ARPT|APT|AIRFIELD|FIELD|FLD|OF|THE|AND)(?= )', '', 'g'
)), ''), ' '), '{}');
comment on function mart.all_airport_words(text) is
'Words of an airport''s name in upper case, in order, abbreviations in one form, without words such as AIRPORT.';

-- Several short lists: for a long one, the server allocates memory in each call, which takes most of the time.
create or replace function mart.airport_words(name text) returns text []
language sql immutable parallel safe
return coalesce(string_to_array(nullif(btrim(
    regexp_replace(regexp_replace(regexp_replace(regexp_replace(
        mart.spell_out(' ' || regexp_replace(replace(upper(name), '''', ''), '[^A-Z0-9]+', ' ', 'g') || ' '),
        ' (AIRPORT|ARPT|APT|AIRFIELD|FIELD|FLD|OF|THE|AND)(?= )', '', 'g'),
    ' (AIRPARK|AIRSTRIP|STRIP|AERODROME|AIRDROME|LANDING|SEAPLANE|SPB|BASE|HELIPORT|HELIPAD|GLIDERPORT|ULTRALIGHT)(?= )', '', 'g'),
    ' (MUNICIPAL|REGIONAL|NATIONAL|NATL|NTL|INTERNATIONAL|COUNTY|MEMORIAL|MEML|MEM|PRIVATE|PVT)(?= )', '', 'g'),
    ' (RANCH|EXECUTIVE|CITY|STATE|FARMS?|AG|DIRT|GRASS|TURF|SOD)(?= )', '', 'g')
), ''), ' '), '{}');
comment on function mart.airport_words(text) is
'Words of all_airport_words without those that many names have, such as MUNICIPAL.';

-- needs: nothing
-- Comparison of names of airports.
create schema if not exists mart;

create or replace function mart.airport_words(name text) returns text []
language sql immutable parallel safe
return array(
    select word
    from regexp_split_to_table(upper(name), '[^A-Z0-9]+') with ordinality as words (word, position)
    where word <> '' and word not in (
        'AIRPORT', 'ARPT', 'APT', 'AIRFIELD', 'FIELD', 'FLD', 'AIRPARK', 'AIRSTRIP', 'STRIP', 'AERODROME', 'LANDING', 'SEAPLANE',
        'BASE', 'HELIPORT', 'GLIDERPORT', 'ULTRALIGHT', 'MUNICIPAL', 'MUNI', 'MUNCPL', 'REGIONAL', 'RGNL', 'REGL', 'NATIONAL', 'NTL',
        'INTERNATIONAL', 'INTL', 'COUNTY', 'CNTY', 'CO', 'MEMORIAL', 'MEML', 'MEM', 'PRIVATE', 'RANCH', 'EXECUTIVE', 'CITY', 'STATE',
        'OF', 'THE', 'AND'
    )
    order by position
);
comment on function mart.airport_words(text) is
'Words of an airport''s name in upper case, in order, without those that many names have, such as MUNICIPAL.';

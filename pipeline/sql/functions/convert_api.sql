-- needs: nothing
-- Functions that write values of the Enterprise API in the way of NTSB's Access files; all take and return text, NULL where there is no value.
create schema if not exists convert;

-- true and false as the codes Y and N; any other text is left as it is.
create or replace function convert.api_answer(value text) returns text
language sql immutable parallel safe
return case value when 'true' then 'Y' when 'false' then 'N' else value end;

-- A time 'HH:MM:SS' as the number HHMM; any other text is left as it is.
create or replace function convert.api_time(value text) returns text
language sql immutable parallel safe
return case when value ~ '^[0-2][0-9]:[0-5][0-9](:[0-9.]+)?$' then ltrim(replace(left(value, 5), ':', ''), '0') || case
    when value like '00:00%' then '0' else '' end else value end;

-- A number without decimals where it is whole, because Access columns for whole numbers would lose '10.0' otherwise.
create or replace function convert.api_rounded(value text) returns text
language sql immutable parallel safe
return case when value ~ '^-?[0-9]{1,9}(\.[0-9]{1,20})?$' then round(value::numeric)::text else value end;

-- A list as jsonb; an empty list for everything else, whose type the load reports.
create or replace function convert.api_list(value jsonb) returns jsonb
language sql immutable parallel safe
return case when jsonb_typeof(value) = 'array' then value else '[]'::jsonb end;

-- The objects of a list, without other items.
create or replace function convert.api_objects(value jsonb) returns jsonb
language sql immutable parallel safe
return case
    -- The usual case, without building the list again.
    when jsonb_typeof(value) = 'array' and not jsonb_path_exists(value, 'strict $[*] ? (@.type() <> "object")') then value
    else (
        select coalesce(jsonb_agg(item order by position), '[]'::jsonb)
        from jsonb_array_elements(convert.api_list(value)) with ordinality as listed (item, position)
        where jsonb_typeof(item) = 'object'
    )
end;

-- The texts of a list, without other items.
create or replace function convert.api_texts(value jsonb) returns text []
language sql immutable parallel safe
return array(
    select item #>> '{}' from jsonb_array_elements(convert.api_list(value)) with ordinality as listed (item, position)
    where jsonb_typeof(item) = 'string' order by position
);

-- The newest date of publication or revision of a case.
create or replace function convert.api_edition(dates text []) returns text
language sql immutable parallel safe
return (
    select max(left(item, 10) || ' ' || coalesce(nullif(substr(item, 12, 8), ''), '00:00:00')) from unnest(dates) as item
    where item ~ '^[0-9]{4}-[0-9]{2}-[0-9]{2}'
);

-- An airworthiness certificate as NTSB's list writes it: kinds of special certificates have their type in parentheses.
create or replace function convert.api_certificate(item jsonb) returns text
language sql immutable parallel safe
return item ->> 'airworthinessCertificate' || case
    when item ->> 'airworthinessCertificateType' = 'Special' and item ->> 'airworthinessCertificate' not ilike 'light-sport'
        then ' (Special)' else ''
end;

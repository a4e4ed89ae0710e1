-- needs: nothing
-- Functions that cast Access text to text and boolean values.
create schema if not exists convert;

-- Codes and names are padded with blanks in some files but not in others. An empty string remains distinct from NULL.
create or replace function convert.to_text(value text) returns text
language sql immutable parallel safe
return btrim(value);

-- Narratives are copied unchanged, including blanks and line breaks.
create or replace function convert.to_memo(value text) returns text
language sql immutable parallel safe
return value;

-- Access shows true as -1, the reader writes 1, spreadsheets TRUE, NTSB's one-letter columns T or Y.
create or replace function convert.to_boolean(value text) returns boolean
language sql immutable parallel safe
return case
    when upper(btrim(value)) in ('1', '-1', 'T', 'TRUE', 'Y', 'YES') then true
    when upper(btrim(value)) in ('0', 'F', 'FALSE', 'N', 'NO') then false
end;

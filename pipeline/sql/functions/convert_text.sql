-- needs: nothing
-- grain: functions from Access text to text and truth values.
create schema if not exists convert;

-- Codes and names are padded with blanks in some files and not in others. Empty is not missing: '' stays ''.
create or replace function convert.to_text(value text) returns text
language sql immutable parallel safe
return btrim(value);

-- Prose is kept to the character: blanks and line ends are part of it.
create or replace function convert.to_memo(value text) returns text
language sql immutable parallel safe
return value;

-- Access writes true as -1, mdb-export as 1, spreadsheets as TRUE, NTSB's one-letter columns as T or Y.
create or replace function convert.to_boolean(value text) returns boolean
language sql immutable parallel safe
return case
    when upper(btrim(value)) in ('1', '-1', 'T', 'TRUE', 'Y', 'YES') then true
    when upper(btrim(value)) in ('0', 'F', 'FALSE', 'N', 'NO') then false
end;

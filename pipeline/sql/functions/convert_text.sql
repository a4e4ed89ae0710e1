-- needs: nothing
-- Functions that cast Access text to text and boolean values.
create schema if not exists convert;

-- Codes and names are padded with blanks in some files but not in others. An empty string remains distinct from NULL.
create or replace function convert.to_text(value text) returns text
language sql immutable parallel safe
return btrim(value);

-- For comparisons and counts: one blank for each run of whitespace, and none at the ends. Files contain tabs, line breaks, no-break
-- spaces and repeated blanks. The characters are listed, because \s depends on the locale. Null where nothing remains.
create or replace function convert.to_words(value text) returns text
language sql immutable parallel safe
return nullif(btrim(regexp_replace(
    value, '[\u0009-\u000D\u0020\u0085\u00A0\u1680\u2000-\u200B\u2028\u2029\u202F\u205F\u3000\uFEFF]+', ' ', 'g'
)), '');

-- A code in upper case, without the same whitespace at its ends. An empty code stays empty. Most codes need no change, which the regular
-- expression tells faster than btrim.
create or replace function convert.to_code(value text) returns text
language sql immutable parallel safe
return case
    when value ~ '^[A-Z0-9]*$' then value
    else upper(btrim(
        value,
        E' \t\n\u000B\f\r\u0085\u00A0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200A\u200B'
        '\u2028\u2029\u202F\u205F\u3000\uFEFF'
    ))
end;

-- Until 2020 many descriptions of findings end in the role of the finding: ' - C' for a cause, ' - F' for a factor.
create or replace function convert.finding_role(description text) returns text
language sql immutable parallel safe
return upper(substring(right(description, 20) from '[^\u0021-\u007E][-\u2013\u2014][^\u0021-\u007E]*([CFcf])[^\u0021-\u007E]*$'));

create or replace function convert.finding_wording(description text) returns text
language sql immutable parallel safe
return regexp_replace(convert.to_words(description), ' [-\u2013\u2014] ?[CFcf]$', '');

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

-- needs: nothing
-- Functions for those who read codes of 1962-1981 by hand. NULL for NULL and blank; a code that nobody explains stays as it is.
-- Their tables are found when they are called: these come with the first release.
create schema if not exists code_mappings;

create or replace function code_mappings.decode_state(state_code text) returns text
language plpgsql stable parallel safe as $$
begin
    return coalesce(
        (select coalesce(postal, name) from code_mappings.state_codes where code = upper(btrim(state_code))),
        nullif(btrim(state_code), '')
    );
end
$$;
comment on function code_mappings.decode_state(text) is
'LOCAT_STATE_TERR to a postal code, or to a name where there is none (abroad, several territories).';

-- Two digits and one more character: the letter of the role, or in later batches a digit that says nothing (477 is 47).
create or replace function code_mappings.decode_age(age_code text) returns integer
language sql stable parallel safe
return case when btrim(age_code) ~ '^[0-9]{2}.?$' then nullif(left(btrim(age_code), 2)::integer, 0) end;
comment on function code_mappings.decode_age(text) is
'AGE_PILOT to years; NULL where no age is stated (blank, 00, or a code of age_codes).';

create or replace function code_mappings.decode_cause_factor(cause_code text) returns text
language plpgsql stable parallel safe as $$
begin
    return coalesce(
        (select meaning from code_mappings.cause_factor_codes where code = upper(btrim(cause_code))),
        nullif(btrim(cause_code), '')
    );
end
$$;
comment on function code_mappings.decode_cause_factor(text) is
'CAUSE_FACTOR, its P and S together (64 and 17 are 6417), to the words of the file.';

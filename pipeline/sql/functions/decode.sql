-- needs: nothing
-- Functions for users that decode values of 1962-1981. NULL for NULL and blank; a code without a known meaning is returned as is.
-- plpgsql, because the tables they read are created later, with the first release.
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
'LOCAT_STATE_TERR as a postal code, or as a name where there is no postal code (other countries, several territories).';

-- Two digits and one more character: the letter of the pilot's role, or, in later batches, a digit without meaning (477 is 47).
create or replace function code_mappings.decode_age(age_code text) returns integer
language sql stable parallel safe
return case when btrim(age_code) ~ '^[0-9]{2}.?$' then nullif(left(btrim(age_code), 2)::integer, 0) end;
comment on function code_mappings.decode_age(text) is
'AGE_PILOT as an age in years; NULL where it states no age (blank, 00, or a code of age_codes).';

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
'Meaning of CAUSE_FACTOR, given as its columns P and S concatenated (64 and 17: 6417), in the wording of the source file.';

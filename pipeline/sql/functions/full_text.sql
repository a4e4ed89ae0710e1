-- needs: nothing
-- English full-text vector of the four narratives of an aircraft, and the trigger that fills it.

-- A tsvector larger than 1 MB is an error, which no text of 150,000 characters reaches in any script. narr_accf may be long
-- and comes last, so that only its end could be cut off.
create or replace function convert.full_text(narr_cause text, narr_accp text, narr_inc text, narr_accf text) returns tsvector
language sql immutable parallel safe
return to_tsvector('english', left(
    coalesce(narr_cause, '') || ' ' || coalesce(narr_accp, '') || ' ' || coalesce(narr_inc, '') || ' ' || coalesce(narr_accf, ''),
    150000
));

-- An inserted row may already have the vector, copied from a row with the same narratives: computing it costs more than the rest
-- of the row.
create or replace function convert.fill_full_text() returns trigger
language plpgsql as $$
begin
    if tg_op = 'UPDATE' or new.search_vector is null then
        new.search_vector := convert.full_text(new.narr_cause, new.narr_accp, new.narr_inc, new.narr_accf);
    end if;
    return new;
end
$$;

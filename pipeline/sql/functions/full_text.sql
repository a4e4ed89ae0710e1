-- needs: nothing
-- grain: the English full text of an aircraft's four narratives, and the trigger that fills it in.

-- A vector holds at most 1 MB and more is an error. No text of this many characters gets there, in any script,
-- and the part that may be long comes last, so that only its end could be cut off.
create or replace function convert.full_text(narr_cause text, narr_accp text, narr_inc text, narr_accf text) returns tsvector
language sql immutable parallel safe
return to_tsvector('english', left(
    coalesce(narr_cause, '') || ' ' || coalesce(narr_accp, '') || ' ' || coalesce(narr_inc, '') || ' ' || coalesce(narr_accf, ''),
    150000
));

-- A new row may bring its vector along, from a row with the same prose: to work it out costs more than all else of a row.
create or replace function convert.fill_full_text() returns trigger
language plpgsql as $$
begin
    if tg_op = 'UPDATE' or new.search_vector is null then
        new.search_vector := convert.full_text(new.narr_cause, new.narr_accp, new.narr_inc, new.narr_accf);
    end if;
    return new;
end
$$;

-- needs: history.change
-- grain: the place of a release in the history.

-- The place of a release in the history: it stood before the change of that number. The newest where it has several.
create or replace function history.place(release text) returns integer
language plpgsql stable as $$
declare
    found integer;
begin
    select greatest(max(number) filter (where release_from = release), max(number + 1) filter (where release_to = release))
    into found
    from history.change;
    if found is null then
        raise exception 'release % is not in the history of this database', release
        using hint = 'known are: ' || coalesce((select string_agg(distinct release_to, ', ') from history.change), 'none');
    end if;
    if exists (
        select from (
            select number, release_from, lag(release_to) over (order by number) as stood from history.change
            union all
            select max(number) + 1, (select id from audit.release where is_current), (array_agg(release_to order by number desc))[1]
            from history.change
        ) as change
        where number >= found and number > 1 and release_from <> stood
    ) then
        raise exception 'the history of this database has a gap after release %', release
        using hint = 'it can be built again from its snapshot (audit.release), in a store of its own';
    end if;
    return found;
end
$$;

-- needs: nothing
-- Sky condition of weather reports.
create schema if not exists mart;

create or replace function mart.report_sky(covers text [], heights text [])
returns table (ceiling_ft double precision, has_ceiling boolean)
language sql immutable parallel safe
begin atomic
select
    case when bool_and(height is not null) filter (where is_ceiling) then min(height::float8) filter (where is_ceiling) end,
    case
        when count(cover) = 0 or bool_or(is_ceiling and height is null) then null
        else coalesce(bool_or(is_ceiling), false)
    end
from unnest(covers, heights) as layers (cover, height)
cross join lateral (select cover ~ '^(BKN|OVC|VV)' as is_ceiling) as known;
end;
comment on function mart.report_sky(text [], text []) is
'Height of the lowest broken, overcast or obscured layer in feet, and whether there is one; null where a height or all covers are missing.';

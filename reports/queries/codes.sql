-- needs: codes_in_use
-- grain: one row per field of 1962-1981 that has codes, with those that are explained nowhere
select
    field,
    count(*) as codes,
    sum(times)::bigint as uses,
    count(meaning) as codes_explained,
    coalesce(sum(times) filter (where meaning is not null), 0)::bigint as uses_explained,
    count(*) filter (where origin = 'supplement') as codes_by_supplement,
    string_agg(code, ', ' order by code collate "C") filter (where meaning is null) as unexplained
from codes_in_use
group by field
order by field collate "C";

-- needs: codes_in_use
-- grain: one row per table and field of 1962-1981 with codes, listing the codes that no source explains
select
    relation,
    field,
    count(*) as codes,
    sum(times)::bigint as uses,
    count(meaning) as codes_explained,
    coalesce(sum(times) filter (where meaning is not null), 0)::bigint as uses_explained,
    count(*) filter (where origin = 'supplement') as codes_by_supplement,
    string_agg(code, ', ' order by code collate "C") filter (where meaning is null) as unexplained
from codes_in_use
group by relation, field
order by relation collate "C", field collate "C";

-- needs: check_result
-- grain: one row per anomaly check, with its kind and three examples
-- functions: mart
with kinds (position, kind, prefix) as (
    values
    (1, 'Missing critical fields', 'required_'),
    (2, 'Coordinate outliers', 'coordinates_'),
    (3, 'Jumps in counts', 'jumps'),
    (4, 'Referential integrity', 'foreign_keys_'),
    (5, 'Duplicates', 'duplicates_')
)

select
    kinds.kind,
    check_result.check_name,
    check_result.offending,
    check_result.allowed,
    check_result.description,
    (
        select string_agg(concat_ws(': ', example ->> 'row_key', shorten(example ->> 'detail', 120)), '; ' order by examples.position)
        from jsonb_array_elements(check_result.sample) with ordinality as examples (example, position)
        where examples.position <= 3
    ) as examples
from check_result
inner join kinds on starts_with(check_result.check_name, kinds.prefix)
order by kinds.position, check_result.check_name collate "C";

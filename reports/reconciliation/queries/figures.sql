-- needs: reconciliation
-- grain: one row per published reference count, with the count in this release, and what may explain the difference
select
    series, item, measure, published, release_count, source, as_of, definition, note, unknown_operation, unknown_registration,
    unknown_deaths, year_end
from reconciliation
order by series collate "C", published desc, item collate "C", measure collate "C";

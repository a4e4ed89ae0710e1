-- needs: history.moved_run
-- grain: the query of a table's rows, put in the places that they had before the runs that moved since.

-- `start` gives the named columns and `since`: the change before which the row stood in the place that it has there.
-- Each change is undone on its own, the newest first: a run says where rows stood just before it.
create or replace function history.walked(start text, columns text [], name text, place integer, until integer) returns text
language plpgsql stable as $body$
declare
    number integer;
    kept text := (
        select string_agg(case
            when col = 'era' then 'coalesce(runs.earlier_era, walked.era) as era'
            when col = 'source_file' then 'coalesce(runs.earlier_file, walked.source_file) as source_file'
            when col = 'source_row' then 'coalesce(runs.earlier_row, walked.source_row) as source_row'
            else format('walked.%I', col)
        end, ', ' order by position)
        from unnest(columns) with ordinality as listed (col, position)
    );
begin
    for number in
        select distinct change from history.moved_run
        where table_name = name and change >= place and change < until
        order by change desc
    loop
        start := format(
            $query$
            select %1$s, walked.since from (%2$s) as walked
            left join (
                select source_file as file, first_row + step as line, earlier_file, earlier_row + step as earlier_row, earlier_era
                from history.moved_run cross join generate_series(0, last_row - first_row) as step
                where change = %3$s and table_name = %4$L
            ) as runs on runs.file = walked.source_file and runs.line = walked.source_row and walked.since > %3$s
            $query$, kept, start, number, name);
    end loop;
    return start;
end
$body$;

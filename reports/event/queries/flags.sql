-- needs: flag, events
-- grain: one row per flagged value of the 30,000 newest events, in the order of ev_id: a value that a rule found doubtful
-- functions: mart
select
    events.ev_id, flag.flag, lower(flag.source_table) || '.' || lower(flag.source_column) as source_column,
    case when is_withheld(lower(flag.source_column)) then 'withheld' else shorten(flag.value, 60) end as value,
    flag.source_file, flag.source_row
from flag
inner join events on split_part(flag.key, ' ', 1) = events.ev_id
where events.ev_id in (select ev_id from events order by ev_date desc nulls last, ev_id collate "C" desc limit 30000)
order by events.ev_id collate "C", flag.flag collate "C", source_column collate "C", flag.source_file collate "C", flag.source_row;

-- needs: api_case
-- grain: one row per case
-- Open is `Ongoing`; cases that another country leads are `N/A`, and have causes.
select
    case_row,
    row_number() over (order by case_row) as source_row,
    ev_id,
    case lower("completionStatus") when 'completed' then 'B' when 'ongoing' then 'P' when 'n/a' then 'F'
        else "completionStatus" end as rec_stat,
    "reportDate" as approval_date,
    lchg_date
from api_case
where is_modern

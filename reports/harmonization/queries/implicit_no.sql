-- needs: unsaid_flags
-- grain: one row per column that Access sets to no by itself, and era
select table_name, column_name, era, times_yes, times_no_or_not_said, times_missing, is_told
from unsaid_flags
order by table_name collate "C", column_name collate "C", era collate "C";

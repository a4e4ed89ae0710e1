-- needs: implicit_no_columns
-- grain: one row per column that Access sets to no by itself, and era
select table_name, column_name, era, times_yes, times_no_or_missing, times_missing, has_explicit_yes
from implicit_no_columns
order by table_name collate "C", column_name collate "C", era collate "C";

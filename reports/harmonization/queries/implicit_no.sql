-- needs: implicit_no_columns
-- grain: one row per yes/no column that Access fills with no by default, and era
select table_name, column_name, era, times_yes, times_no_or_missing, times_missing, has_explicit_yes
from implicit_no_columns
order by table_name collate "C", column_name collate "C", era collate "C";

-- needs: states
-- grain: one row per state and the District of Columbia
alter table states add primary key (state);

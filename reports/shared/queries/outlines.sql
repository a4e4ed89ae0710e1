-- needs: state_boundary
-- grain: one row per polygon of a state or territory of the United States
select state, boundary
from state_boundary
order by state collate "C", boundary collate "C";

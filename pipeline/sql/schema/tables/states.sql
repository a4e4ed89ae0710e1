-- needs: nothing
-- grain: one row per state and the District of Columbia
create table states (
    state text not null,
    name text,
    faa_region text,
    era text not null,
    source_file text not null,
    source_row bigint not null
);

comment on table states is 'One row per state and the District of Columbia.';

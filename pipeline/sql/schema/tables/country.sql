-- needs: nothing
-- grain: one row per country code
create table country (
    country_code text not null,
    country_name text,
    era text not null,
    source_file text not null,
    source_row bigint not null
);

comment on table country is 'One row per country code.';

-- needs: country
-- grain: one row per country code
alter table country add primary key (country_code);

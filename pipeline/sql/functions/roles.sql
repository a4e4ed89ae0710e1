-- needs: audit.relation
-- The reader: may look at everything that is published, and finds ntsb and mart without naming them.
do $$
begin
    if not exists (select from pg_roles where rolname = 'ntsb_reader') then
        create role ntsb_reader nologin;
    end if;
    execute format('alter database %I set search_path = ntsb, mart, public', current_database());
    alter role ntsb_reader set search_path = ntsb, mart, public;
    grant usage on schema ntsb, staging, mart, audit, history, code_mappings, convert to ntsb_reader;
    grant select on all tables in schema ntsb, staging, mart, audit, history, code_mappings to ntsb_reader;
    alter default privileges in schema ntsb, staging, mart, audit, history, code_mappings grant select on tables to ntsb_reader;
exception when insufficient_privilege then
    raise warning 'no right to make the role ntsb_reader here: readers need grants of your own';
end
$$;

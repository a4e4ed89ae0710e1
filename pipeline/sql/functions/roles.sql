-- needs: audit.relation
-- The role ntsb_reader: may read everything that is published, with ntsb and mart on its search_path.
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
    raise warning 'role ntsb_reader: expected the right to create it, found none; grant read access on the schemas to your readers yourself';
end
$$;

-- needs: audit.relation
-- What other roles than the owner of the published schemas may do, where these roles exist (pipeline/postgres/roles.sql), and the
-- search_path with which `select * from events` works.
do $$
begin
    execute format('alter role current_user in database %I set search_path = ntsb, mart, public', current_database());
    if to_regrole('ntsb_loader') is not null and pg_has_role('ntsb_loader', 'member') then
        alter schema candidate owner to ntsb_loader;
    end if;
end
$$;

-- Readers read everything that is published. The loader also reads the schema `contract`, refers to published keys, and signs what
-- it builds. Publication calls this for the relations that it has moved.
create or replace function audit.grant_access() returns void
language plpgsql as $$
declare
    published constant text := 'ntsb, staging, mart, audit, history, code_mappings';
    role text;
begin
    foreach role in array array['ntsb_reader', 'ntsb_loader'] loop
        continue when to_regrole(role) is null or role = current_user;
        execute format('grant usage on schema %s, convert, contract to %I', published, role);
        execute format('grant select on all tables in schema %s, contract to %I', published, role);
        execute format('alter default privileges in schema %s grant select on tables to %I', published, role);
        if role = 'ntsb_loader' then
            grant references on all tables in schema ntsb, code_mappings to ntsb_loader;
            grant insert, update, delete on audit.relation, audit.bundle, audit.basis to ntsb_loader;
        end if;
    end loop;
end
$$;

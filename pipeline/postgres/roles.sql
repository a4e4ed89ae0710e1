-- needs: nothing
-- PostGIS, pg_trgm and the roles of the pipeline. A superuser runs this file in the pipeline's database; it can be repeated.
--
-- ntsb_owner    publishes: owns every published schema
-- ntsb_loader   loads, casts, merges and checks: owns raw_*, typed_* and candidate, and reads what is published
-- ntsb_reader   reads what is published
-- ntsb_mlflow   owns the schema mlflow, for MLflow's tracking store, and reads nothing else
--
-- No role is a superuser, runs programs, or reads or writes files of the server. They have no passwords: set those that you use.
create extension if not exists postgis with schema public;
create extension if not exists pg_trgm with schema public;

do $$
declare
    role text;
begin
    foreach role in array array['ntsb_owner', 'ntsb_loader', 'ntsb_reader', 'ntsb_mlflow'] loop
        if not exists (select from pg_roles where rolname = role) then
            execute format('create role %I login', role);
        end if;
        execute format('alter role %I nosuperuser nocreatedb nocreaterole noreplication nobypassrls', role);
        execute format('grant connect on database %I to %I', current_database(), role);
    end loop;
    execute format('grant create, temporary on database %I to ntsb_owner, ntsb_loader', current_database());
    execute format('alter database %I set search_path = ntsb, mart, public', current_database());
end
$$;

-- Publication moves relations of the loader; the loader cannot act as the owner.
grant ntsb_loader to ntsb_owner;
-- Messages about locks name the sessions that hold them.
grant pg_read_all_stats to ntsb_owner, ntsb_loader;

create schema if not exists mlflow authorization ntsb_mlflow;
alter role ntsb_mlflow set search_path = mlflow;

-- Relations and functions of a database that a superuser has prepared.
do $$
declare
    statement text;
begin
    for statement in
        with owned as (
            select
                oid, nspname,
                case when nspname ~ '^(raw|typed)_|^(candidate|incremental|compared)$' then 'ntsb_loader' else 'ntsb_owner' end as owner
            from pg_namespace
            where nspname ~ '^(raw|typed|ntsb)_|^(candidate|incremental|compared|audit|code_mappings|contract|convert|history|mart|ntsb|staging)$'
        ),

        statements as (
            select format('alter schema %I owner to %I', nspname, owner) as text
            from owned
            union all
            select format('grant usage on schema %1$I to ntsb_loader; grant select on all tables in schema %1$I to ntsb_loader', nspname)
            from owned
            union all
            select format(
                'alter %s %s owner to %I',
                case relkind when 'r' then 'table' when 'v' then 'view' else 'materialized view' end, class.oid::regclass, owner
            )
            from pg_class as class
            inner join owned on owned.oid = class.relnamespace
            where relkind in ('r', 'v', 'm') and pg_get_userbyid(relowner) <> owner
            union all
            select format('alter routine %s owner to %I', routine.oid::regprocedure, owner)
            from pg_proc as routine
            inner join owned on owned.oid = routine.pronamespace
            where pg_get_userbyid(proowner) <> owner
        )

        select text from statements
    loop
        execute statement;
    end loop;
end
$$;

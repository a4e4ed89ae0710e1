"""The queries for the objects of users that depend on relations, from pg_depend and the system catalogs."""

# One row per object, after those that it reads: description, owner, relation (0: none), kind (attached, foreign key,
# other), name of the relation, statements that drop it, statements that create it. `attached`: an index, statistics, a
# trigger or a privilege on one of the relations. The search_path must be empty, so that definitions name every object
# with its schema. `oids` lists the relations.
OBJECTS = """
with recursive own as (
    select oid from audit.release_relation
    union
    select oid from audit.relation
    union
    -- Neither has a table that was modified since and that no release lists.
    select unnest(%(oids)s::oid [])
    union
    -- Temporary relations of other sessions cannot be created again.
    select oid from pg_class
    where relpersistence = 't' or relnamespace::regnamespace::text in ('candidate', 'incremental', 'compared')
),

relation as (
    select class.oid, class.relname, class.relkind, class.relowner, class.relacl, class.reltablespace,
        class.relispopulated,
        format('%%I.%%I', namespace.nspname, class.relname) as name,
        coalesce(' with (' || array_to_string(class.reloptions, ', ') || ')', '') as options
    from pg_class as class inner join pg_namespace as namespace on namespace.oid = class.relnamespace
),

-- What a view reads: relations, also by way of their row types.
reads as (
    select distinct rule.ev_class as view, coalesce(class.oid, depend.refobjid) as source
    from pg_depend as depend
    inner join pg_rewrite as rule
        on depend.classid = 'pg_rewrite'::regclass and rule.oid = depend.objid and rule.rulename = '_RETURN'
    left join pg_class as class on depend.refclassid = 'pg_type'::regclass and class.reltype = depend.refobjid
    where depend.refclassid in ('pg_class'::regclass, 'pg_type'::regclass)
),

dependent as (
    select view, 1 as depth from reads
    where source = any(%(oids)s) and view <> source and view not in (select oid from own)
    union
    select reads.view, dependent.depth + 1
    from dependent inner join reads on reads.source = dependent.view and reads.view <> dependent.view
    where reads.view not in (select oid from own)
),

dependent_view as (
    select relation.*, depth
    from (select view, max(depth) as depth from dependent group by view) as deepest
    inner join relation on relation.oid = deepest.view
),

-- Everything else that depends on one of the relations or on its row type.
other as (
    select depend.classid, depend.objid, bool_or(depend.refclassid = 'pg_type'::regclass) as is_of_type
    from pg_depend as depend
    where depend.deptype in ('n', 'a') and (
        depend.refclassid = 'pg_class'::regclass and depend.refobjid = any(%(oids)s)
        or depend.refclassid = 'pg_type'::regclass and depend.refobjid in (
            select unnest(array[type.oid, type.typarray]) from pg_type as type where type.typrelid = any(%(oids)s)
        )
    )
    group by depend.classid, depend.objid
),

-- Privileges on relations, of roles other than the owner.
granted as (
    select relation.oid, coalesce(pg_get_userbyid(nullif(acl.grantee, 0)), 'public') as grantee, format(
        'grant %%s%%s on %%s to %%s%%s', acl.privilege_type, acl.columns, relation.name,
        case acl.grantee when 0 then 'public' else quote_ident(pg_get_userbyid(acl.grantee)) end,
        case when acl.is_grantable then ' with grant option' else '' end
    ) as statement
    from relation
    cross join lateral (
        select '' as columns, entry.* from aclexplode(relation.relacl) as entry
        union all
        select format(' (%%I)', attname), entry.*
        from pg_attribute, aclexplode(attacl) as entry
        where attrelid = relation.oid and not attisdropped
    ) as acl
    where acl.grantee <> relation.relowner
),

-- A view that reads a materialized view is replaced by one without rows while that is dropped: it keeps its oid.
placeholder as (
    select attrelid as oid, string_agg(
        format('null::%%s%%s as %%I', format_type(atttypid, atttypmod), collate_clause, attname), ', ' order by attnum
    ) as columns
    from pg_attribute
    cross join lateral (
        select coalesce(max(format(' collate %%I.%%I', collnamespace::regnamespace, collname)), '') as collate_clause
        from pg_collation where pg_collation.oid = attcollation
    ) as column_collation
    where attnum > 0 and not attisdropped
    group by attrelid
),

-- The statements that follow `create materialized view`, in order of `step`.
detail as (
    select indrelid as oid, 1 as step, pg_get_indexdef(indexrelid) as statement from pg_index
    union all
    select stxrelid, 2, pg_get_statisticsobjdef(oid) from pg_statistic_ext
    union all
    select objoid, 3, format(
        'comment on %%s is %%L', case objsubid when 0 then 'materialized view ' || relation.name
        else format('column %%s.%%I', relation.name, attname) end, description
    )
    from pg_description
    inner join relation on classoid = 'pg_class'::regclass and objoid = relation.oid
    left join pg_attribute on attrelid = objoid and attnum = objsubid
    union all
    select indrelid, 3, format('comment on index %%s is %%L', relation.name, description)
    from pg_description
    inner join pg_index on classoid = 'pg_class'::regclass and objoid = indexrelid
    inner join relation on relation.oid = indexrelid
    union all
    select oid, 4, statement from granted
),

view_object as (
    select
        format('%%s %%s', case relkind when 'm' then 'materialized view' else 'view' end, name) as description,
        relowner as owner, dependent_view.oid as relation, 'other' as kind, 1 as sequence, depth,
        case
            when relkind = 'm' then array['drop materialized view ' || name]
            when exists (
                select from reads inner join dependent_view as source on source.oid = reads.source
                where reads.view = dependent_view.oid and source.relkind = 'm'
            ) then array[format('create or replace view %%s as select %%s', name, placeholder.columns)]
            else '{}'
        end as drop,
        case
            when relkind = 'v' then array[
                format('create or replace view %%s%%s as %%s', name, options, pg_get_viewdef(dependent_view.oid))
            ]
            else array[format(
                'create materialized view %%s%%s%%s as %%s with %%sdata', name, options,
                (select format(' tablespace %%I', spcname) from pg_tablespace where oid = reltablespace),
                rtrim(pg_get_viewdef(dependent_view.oid), ';'), case when relispopulated then '' else 'no ' end
            )] || array(select statement from detail where detail.oid = dependent_view.oid order by step, statement)
        end as "create"
    from dependent_view
    left join placeholder on placeholder.oid = dependent_view.oid
),

-- Objects of other kinds that can be created again.
other_object as (
    select function.proowner as owner, 0::oid as relation, 'other' as kind, 2 as sequence, '{}'::text [] as drop,
        case when is_of_type then '{}' else array[pg_get_functiondef(function.oid)] end as "create", classid, objid
    from other
    inner join pg_proc as function on classid = 'pg_proc'::regclass and function.oid = objid
    where function.pronamespace::regnamespace::text !~ '^pg_temp_'
    union all
    select relation.relowner, relation.oid, 'other', 3, '{}',
        array['create or replace' || substr(pg_get_ruledef(rule.oid), 7)], classid, objid
    from other
    inner join pg_rewrite as rule on classid = 'pg_rewrite'::regclass and rule.oid = objid and rulename <> '_RETURN'
    inner join relation on relation.oid = rule.ev_class
    where relation.oid not in (select oid from own)
    union all
    select relation.relowner, relation.oid, 'other', 3, '{}', array[concat(
        format('alter policy %%I on %%s', polname, relation.name),
        ' using (' || pg_get_expr(polqual, polrelid) || ')',
        ' with check (' || pg_get_expr(polwithcheck, polrelid) || ')'
    )], classid, objid
    from other
    inner join pg_policy as policy on classid = 'pg_policy'::regclass and policy.oid = objid
    inner join relation on relation.oid = polrelid
    where relation.oid not in (select oid from own)
    union all
    select relation.relowner, relation.oid, 'foreign key', 4,
        array[format('alter table %%s drop constraint %%I', relation.name, conname)],
        array_remove(array[
            format('alter table %%s add constraint %%I ', relation.name, conname)
            || pg_get_constraintdef(foreign_key.oid),
            format('comment on constraint %%I on %%s is ', conname, relation.name)
            || quote_literal(obj_description(foreign_key.oid, 'pg_constraint'))
        ], null),
        classid, objid
    from other
    inner join pg_constraint as foreign_key on classid = 'pg_constraint'::regclass and foreign_key.oid = objid
    inner join relation on relation.oid = conrelid
    where contype = 'f' and conparentid = 0 and relation.oid not in (select oid from own)
    union all
    select relation.relowner, relation.oid, 'attached', 5, '{}', array_remove(array[
        regexp_replace(
            pg_get_indexdef(indexrelid), '^CREATE (UNIQUE )?INDEX ', 'CREATE \\1INDEX IF NOT EXISTS '
        ),
        format('comment on index %%s is ', index.name) || quote_literal(obj_description(indexrelid, 'pg_class'))
    ], null), classid, objid
    from other
    inner join pg_index on classid = 'pg_class'::regclass and indexrelid = objid
    inner join relation on relation.oid = indrelid
    inner join relation as index on index.oid = indexrelid
    -- The pipeline's own key of a materialized view, which the next version may create with another key, or as a view.
    where relation.oid = any(%(oids)s) and not (relation.relkind = 'm' and index.relname = relation.relname || '_key')
        and obj_description(indexrelid, 'pg_class') is distinct from 'Created by the pipeline.'
        and not exists (
        select from pg_index as candidate
        inner join pg_class as class on class.oid = candidate.indrelid
        where class.relnamespace = to_regnamespace('candidate') and class.relname = relation.relname
            and regexp_replace(pg_get_indexdef(candidate.indexrelid), 'INDEX .* ON .* USING ', '')
            = regexp_replace(pg_get_indexdef(pg_index.indexrelid), 'INDEX .* ON .* USING ', '')
    )
    union all
    -- Statistics do not move to another schema with their table.
    select relation.relowner, relation.oid, 'attached', 5,
        array[format('drop statistics %%I.%%I', stxnamespace::regnamespace, stxname)],
        array[pg_get_statisticsobjdef(statistic.oid)], classid, objid
    from other
    inner join pg_statistic_ext as statistic on classid = 'pg_statistic_ext'::regclass and statistic.oid = objid
    inner join relation on relation.oid = stxrelid
    where relation.oid = any(%(oids)s)
    union all
    select relation.relowner, relation.oid, 'attached', 5, '{}', array[
        replace(pg_get_triggerdef(pg_trigger.oid), 'CREATE TRIGGER ', 'CREATE OR REPLACE TRIGGER '),
        format(
            'alter table %%s %%s trigger %%I', relation.name,
            case tgenabled when 'D' then 'disable' when 'R' then 'enable replica' when 'A' then 'enable always'
            else 'enable' end, tgname
        )
    ], classid, objid
    from other
    inner join pg_trigger on classid = 'pg_trigger'::regclass and pg_trigger.oid = objid
    inner join relation on relation.oid = tgrelid
    inner join pg_proc as function on function.oid = tgfoid
    where not tgisinternal and pronamespace::regnamespace::text not in ('audit', 'convert')
),

-- Types whose input or cast may run a function of a user. PostgreSQL reads a literal when it parses a statement, which
-- is not a security-restricted operation: the function could return to the role that publishes.
foreign_type as (
    select type.oid
    from pg_type as type inner join pg_roles as role on role.oid = type.typowner
    where not role.rolsuper and role.rolname <> current_user
),

-- What uses such a type in an expression or a foreign key, and foreign keys that are checked through policies.
unsafe as (
    select classid, objid from pg_depend
    where refclassid = 'pg_type'::regclass and refobjid in (select oid from foreign_type)
    union
    select 'pg_constraint'::regclass, foreign_key.oid
    from pg_constraint as foreign_key
    inner join pg_attribute on attrelid = conrelid and attnum = any(conkey)
    inner join pg_class as class on class.oid = conrelid
    where contype = 'f' and (relforcerowsecurity or atttypid in (select oid from foreign_type))
),

unsafe_view as (
    select ev_class as oid from pg_rewrite as rule
    inner join unsafe on classid = 'pg_rewrite'::regclass and objid = rule.oid
    union
    select indrelid from pg_index
    inner join unsafe on classid = 'pg_class'::regclass and objid = indexrelid
    union
    select stxrelid from pg_statistic_ext as statistic
    inner join unsafe on classid = 'pg_statistic_ext'::regclass and objid = statistic.oid
),

-- Parts of relations of the pipeline, and of views that are created again, are not objects of their own.
rest as (
    select classid, objid, relation.relowner as owner
    from other
    left join pg_class as class on classid = 'pg_class'::regclass and class.oid = objid
    left join pg_index on indexrelid = class.oid
    left join pg_rewrite as rule on classid = 'pg_rewrite'::regclass and rule.oid = objid
    left join pg_constraint as "constraint" on classid = 'pg_constraint'::regclass and "constraint".oid = objid
    left join pg_attrdef on classid = 'pg_attrdef'::regclass and pg_attrdef.oid = objid
    left join pg_trigger on classid = 'pg_trigger'::regclass and pg_trigger.oid = objid
    left join relation on relation.oid = coalesce(indrelid, class.oid, ev_class, conrelid, adrelid, tgrelid)
    where not exists (select from other_object as same where same.classid = other.classid and same.objid = other.objid)
        and coalesce(relation.oid, 0) not in (select oid from own union all select oid from dependent_view)
        and coalesce(conparentid, 0) = 0 and classid <> 'pg_proc'::regclass
),

object as (
    select
        description, owner, relation, kind, sequence, depth, "drop",
        case when relation in (select oid from unsafe_view) then '{}' else "create" end as "create"
    from view_object
    union all
    select
        pg_describe_object(classid, objid, 0), owner, relation, kind, sequence, 0, "drop",
        case when (classid, objid) in (select classid, objid from unsafe) then '{}' else "create" end
    from other_object
    union all
    select statement, relowner, oid, 'attached', 0, 0, '{}', array[statement]
    from granted inner join relation using (oid)
    where oid = any(%(oids)s) and grantee not in ('ntsb_loader', 'ntsb_reader')
    union all
    select pg_describe_object(classid, objid, 0), owner, 0, 'other', 6, 0, '{}', '{}' from rest
)

select description, coalesce(pg_get_userbyid(owner), ''), relation, kind, name, "drop", "create"
from object left join relation on relation.oid = object.relation
order by sequence, depth, description collate "C"
"""

# Descriptions of constraints, rules and columns that a user has added to published relations that have a candidate. A
# relation that is as the pipeline signed it has none, also where its candidate lacks some of its constraints.
ADDITIONS = """
with pair as (
    select class.oid, candidate.oid as candidate
    from pg_class as class
    inner join pg_class as candidate on candidate.relname = class.relname and candidate.relkind = class.relkind
    where class.oid = any(%(oids)s) and candidate.relnamespace = to_regnamespace('candidate')
        and class.oid not in (select signed.oid from audit.relation as signed where shape = audit.shape(signed.oid))
),

part as (
    select 'pg_constraint'::regclass as class, oid, 0 as number, conrelid as relation, conname as name
    from pg_constraint
    -- Since PostgreSQL 18, `not null` is a constraint.
    where contype <> 'n'
    union all
    select 'pg_rewrite'::regclass, oid, 0, ev_class, rulename from pg_rewrite
    union all
    select 'pg_class'::regclass, attrelid, attnum, attrelid, attname from pg_attribute
    where attnum > 0 and not attisdropped
)

select pg_describe_object(class, part.oid, number)
from part inner join pair on pair.oid = part.relation
where not exists (
    select from part as candidate
    where candidate.class = part.class and candidate.relation = pair.candidate and candidate.name = part.name
)
order by pg_describe_object(class, part.oid, number) collate "C"
"""

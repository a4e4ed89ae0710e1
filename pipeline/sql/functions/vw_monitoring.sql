-- needs: audit.release, audit.run_log, audit.publication_log, audit.relation
-- Views for monitoring, in the schema mart: they read the database as it is now, and are part of no release. Safe to run again.

-- Published relations are replaced at each publication, so that views cannot depend on them: functions read them by name.
create or replace function audit.read_checks()
returns table (check_name text, family text, severity text, status text, offending bigint, allowed bigint, description text)
language plpgsql stable set search_path = audit, pg_catalog as $$
begin
    if to_regclass('check_result') is not null then
        return query select c.check_name, c.family, c.severity, c.status, c.offending, c.allowed, c.description
            from check_result as c order by c.check_name collate "C";
    end if;
end
$$;

create or replace function audit.quarantined_share() returns double precision
language plpgsql stable set search_path = audit, pg_catalog as $$
begin
    if to_regclass('row_conservation') is null then
        return null;
    end if;
    return (select sum(rows_quarantined)::double precision / nullif(sum(rows_in), 0) from row_conservation);
end
$$;

create or replace function audit.monthly_events() returns table (year integer, month integer, events bigint, fatal_events bigint)
language plpgsql stable set search_path = ntsb, pg_catalog as $$
begin
    if to_regclass('events') is not null then
        return query
            select extract(year from ev_date)::integer, extract(month from ev_date)::integer, count(*),
                count(*) filter (where upper(btrim(ev_highest_injury)) = 'FATL')
            from events where ev_date is not null group by 1, 2;
    end if;
end
$$;

-- Of pg_stat_statements, where the extension is installed and this role may read it.
create or replace function audit.slow_queries()
returns table (calls bigint, mean_ms double precision, total_ms double precision, query text)
language plpgsql stable set search_path = public, pg_catalog as $$
begin
    if to_regclass('pg_stat_statements') is not null then
        return query execute 'select calls, mean_exec_time, total_exec_time, query from pg_stat_statements '
            'where dbid = (select oid from pg_database where datname = current_database()) order by mean_exec_time desc limit 20';
    end if;
exception when insufficient_privilege or object_not_in_prerequisite_state then
    return;
end
$$;

create or replace view mart.vw_database_metrics as
select
    namespace.nspname::text as schema_name, class.relname::text as relation_name, signed.rows,
    pg_table_size(class.oid) as table_bytes, pg_indexes_size(class.oid) as index_bytes, stat.n_dead_tup as dead_rows,
    stat.seq_scan as sequential_scans, stat.idx_scan as index_scans, greatest(stat.last_vacuum, stat.last_autovacuum) as last_vacuum,
    greatest(stat.last_analyze, stat.last_autoanalyze) as last_analyze
from pg_catalog.pg_class as class
inner join pg_catalog.pg_namespace as namespace on namespace.oid = class.relnamespace
left join pg_catalog.pg_stat_user_tables as stat on stat.relid = class.oid
left join audit.relation as signed on signed.oid = class.oid
where class.relkind in ('r', 'm') and namespace.nspname in ('ntsb', 'mart', 'code_mappings', 'audit', 'history');
comment on view mart.vw_database_metrics is
'One row per table and materialized view: rows when it was signed, size, dead rows, scans, last vacuum and analyze.';

create or replace view mart.vw_data_quality_checks as
select * from audit.read_checks();
comment on view mart.vw_data_quality_checks is
'One row per check of the current release: its result, how many rows offend, and how many may.';

create or replace view mart.vw_monthly_event_trends as
select
    now.year, now.month, now.events, now.fatal_events, before.events as events_year_before,
    now.events - before.events as change,
    avg(now.events) over (order by now.year, now.month rows 11 preceding)::double precision as mean_of_12_months
from audit.monthly_events() as now
left join audit.monthly_events() as before on before.year = now.year - 1 and before.month = now.month;
comment on view mart.vw_monthly_event_trends is
'One row per month with events: events, fatal events, those of the same month a year before, and the mean of twelve months with events.';

create or replace view mart.vw_slow_queries as
select * from audit.slow_queries();
comment on view mart.vw_slow_queries is
'The twenty slowest statements by mean time, from pg_stat_statements; empty where the extension is not installed.';

create or replace view mart.vw_database_health as
with measured (metric, value, warns_above) as (
    select 'days since the last publication', extract(epoch from now() - max(happened)) / 86400.0, 45 from audit.publication_log
    union all
    select 'last run failed', (array_agg((state <> 'succeeded')::integer order by ended desc))[1], 0 from audit.run_log
    union all
    select 'share of quarantined rows', audit.quarantined_share(), 0.001
    union all
    select 'failed checks', count(*) filter (where status = 'failed'), 0 from audit.read_checks()
    union all
    select 'share of connections in use', count(*) / current_setting('max_connections')::numeric, 0.8 from pg_catalog.pg_stat_activity
    union all
    select 'oldest transaction in seconds', coalesce(max(extract(epoch from now() - xact_start)), 0), 3600
    from pg_catalog.pg_stat_activity where pid <> pg_backend_pid() and datname = current_database()
    union all
    select 'share of dead rows', coalesce(sum(n_dead_tup) / nullif(sum(n_live_tup + n_dead_tup), 0)::numeric, 0), 0.2
    from pg_catalog.pg_stat_user_tables
    union all
    select 'share of blocks read from disk', coalesce(blks_read / nullif(blks_read + blks_hit, 0)::numeric, 0), 0.5
    from pg_catalog.pg_stat_database where datname = current_database()
    union all
    select 'deadlocks', deadlocks, 0 from pg_catalog.pg_stat_database where datname = current_database()
    union all
    select 'database size in bytes', pg_database_size(current_database()), null
)

select
    metric, value::double precision as value, warns_above::double precision as warns_above,
    case when value is null then 'unknown' when value > warns_above then 'warn' else 'ok' end as status
from measured;
comment on view mart.vw_database_health is
'One row per measure of the database: its value, the value above which it warns (null: never), and ok, warn or unknown.';

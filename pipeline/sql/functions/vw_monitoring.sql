-- needs: audit.release, audit.run_log, audit.publication_log, audit.relation
-- Functions of the views for monitoring (vw_monitoring_views.sql), which depend on no relation. Safe to run again.

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

create or replace function audit.monthly_trends() returns table (
    year integer, month integer, events bigint, fatal_events bigint, events_year_before bigint, change bigint,
    mean_of_12_months double precision
)
language sql stable as $$
    select
        now.year, now.month, now.events, now.fatal_events, before.events, now.events - before.events,
        avg(now.events) over (order by now.year, now.month rows 11 preceding)::double precision
    from audit.monthly_events() as now
    left join audit.monthly_events() as before on before.year = now.year - 1 and before.month = now.month
    order by now.year, now.month
$$;

create or replace function audit.database_metrics() returns table (
    schema_name text, relation_name text, rows bigint, table_bytes bigint, index_bytes bigint, dead_rows bigint,
    sequential_scans bigint, index_scans bigint, last_vacuum timestamptz, last_analyze timestamptz
)
language sql stable as $$
    select
        namespace.nspname::text, class.relname::text, signed.rows, pg_table_size(class.oid), pg_indexes_size(class.oid),
        stat.n_dead_tup, stat.seq_scan, stat.idx_scan, greatest(stat.last_vacuum, stat.last_autovacuum),
        greatest(stat.last_analyze, stat.last_autoanalyze)
    from pg_catalog.pg_class as class
    inner join pg_catalog.pg_namespace as namespace on namespace.oid = class.relnamespace
    left join pg_catalog.pg_stat_user_tables as stat on stat.relid = class.oid
    left join audit.relation as signed on signed.oid = class.oid
    where class.relkind in ('r', 'm') and namespace.nspname in ('ntsb', 'mart', 'code_mappings', 'audit', 'history')
    order by namespace.nspname, class.relname
$$;

create or replace function audit.database_health()
returns table (metric text, value double precision, warns_above double precision, status text)
language sql stable as $$
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
        metric, value::double precision, warns_above::double precision,
        case when value is null then 'unknown' when value > warns_above then 'warn' else 'ok' end
    from measured
$$;

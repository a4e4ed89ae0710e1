-- needs: audit.database_metrics, audit.read_checks, audit.monthly_trends, audit.database_health, audit.slow_queries
-- Views for monitoring: they show the database as it is now, and are part of no release. Safe to run again.
create or replace view mart.vw_database_metrics as select * from audit.database_metrics();
create or replace view mart.vw_data_quality_checks as select * from audit.read_checks();
create or replace view mart.vw_monthly_event_trends as select * from audit.monthly_trends();
create or replace view mart.vw_database_health as select * from audit.database_health();
create or replace view mart.vw_slow_queries as select * from audit.slow_queries();

comment on view mart.vw_database_metrics is
'One row per table and materialized view: rows when it was signed, size, dead rows, scans, last vacuum and analyze.';
comment on view mart.vw_data_quality_checks is
'One row per check of the current release: its result, how many rows offend, and how many may.';
comment on view mart.vw_monthly_event_trends is
'One row per month with events: events, fatal events, those of the same month a year before, and the mean of twelve months.';
comment on view mart.vw_database_health is
'One row per measure of the database: its value, the value above which it warns (null: never), and ok, warn or unknown.';
comment on view mart.vw_slow_queries is
'The twenty slowest statements by mean time, from pg_stat_statements; empty where the extension is not installed.';

do $$
declare
    described record;
begin
    for described in
        select * from (values
            ('database_metrics', 'schema_name', 'Schema of the relation.'),
            ('database_metrics', 'relation_name', 'Name of the relation.'),
            ('database_metrics', 'rows', 'Rows when the relation was signed; null if it is not signed.'),
            ('database_metrics', 'table_bytes', 'Size without indexes, in bytes.'),
            ('database_metrics', 'index_bytes', 'Size of all indexes, in bytes.'),
            ('database_metrics', 'dead_rows', 'Rows that vacuum can remove, estimated.'),
            ('database_metrics', 'sequential_scans', 'Scans of the whole relation since statistics were reset.'),
            ('database_metrics', 'index_scans', 'Scans of its indexes since statistics were reset.'),
            ('database_metrics', 'last_vacuum', 'Last vacuum, by hand or automatic.'),
            ('database_metrics', 'last_analyze', 'Last analyze, by hand or automatic.'),
            ('data_quality_checks', 'check_name', 'Name of the check.'),
            ('data_quality_checks', 'family', 'Family of the check.'),
            ('data_quality_checks', 'severity', 'Severity: stop, warn or report.'),
            ('data_quality_checks', 'status', 'Result: passed, warned, failed or reported.'),
            ('data_quality_checks', 'offending', 'Number of offending rows.'),
            ('data_quality_checks', 'allowed', 'Number of rows that may offend.'),
            ('data_quality_checks', 'description', 'Condition that the check verifies.'),
            ('monthly_event_trends', 'year', 'Year of the event date.'),
            ('monthly_event_trends', 'month', 'Month of the event date, 1 to 12.'),
            ('monthly_event_trends', 'events', 'Number of events.'),
            ('monthly_event_trends', 'fatal_events', 'Number of events whose highest injury is FATL.'),
            ('monthly_event_trends', 'events_year_before', 'Events of the same month a year before; null without any.'),
            ('monthly_event_trends', 'change', 'Difference from the same month a year before.'),
            ('monthly_event_trends', 'mean_of_12_months', 'Mean events of this month and the eleven months with events before it.'),
            ('database_health', 'metric', 'What is measured.'),
            ('database_health', 'value', 'Its value; null if it is not known.'),
            ('database_health', 'warns_above', 'Value above which the status is warn; null: never.'),
            ('database_health', 'status', 'Status: ok, warn or unknown.'),
            ('slow_queries', 'calls', 'Number of executions.'),
            ('slow_queries', 'mean_ms', 'Mean time of an execution, in milliseconds.'),
            ('slow_queries', 'total_ms', 'Time of all executions, in milliseconds.'),
            ('slow_queries', 'query', 'Text of the statement, with placeholders for constants.')
        ) as listed (view_name, column_name, description)
    loop
        execute format('comment on column mart.vw_%s.%I is %L', described.view_name, described.column_name, described.description);
    end loop;
end
$$;

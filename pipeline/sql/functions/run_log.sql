-- needs: audit.release
-- Log of runs, one row per run with its summary; `gc` deletes rows after [Operations] run_summary_days. Safe to run again.
create table if not exists audit.run_log (
    run text primary key,
    started timestamptz not null,
    ended timestamptz not null,
    state text not null check (state in ('succeeded', 'failed', 'interrupted', 'killed')),
    release text,
    tasks_run integer not null,
    tasks_failed integer not null,
    summary jsonb not null
);
create index if not exists run_log_ended on audit.run_log (ended);
comment on table audit.run_log is
'One row per run on this database: when it started and ended, its state, and its summary as in run.json. No fingerprint depends on it.';
comment on column audit.run_log.run is 'Start in UTC and process id, the name of the folder in targets/store/runs.';
comment on column audit.run_log.release is 'The release that was current when the run ended.';
comment on column audit.run_log.summary is 'Stages with tasks, seconds and rows, failures, changes, checks and the decision on the model.';

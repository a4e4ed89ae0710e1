"""Sessions that hold locks for longer than a statement waited, for the message of a lock timeout."""

from psycopg2.extensions import cursor as Cursor

# Their transactions are older than the wait. Only members of pg_read_all_stats see the times of other users.
HOLDERS = """
select
    format(
        'session %%s of user %%s (%%s, %%s since %%s), which locks %%s',
        activity.pid, activity.usename, coalesce(nullif(activity.application_name, ''), 'unnamed program'),
        coalesce(activity.state, 'active'),
        coalesce(date_trunc('second', activity.xact_start)::timestamp || ' UTC', 'an unknown time'),
        string_agg(distinct locks.relation::regclass::text, ', ' order by locks.relation::regclass::text)
    ),
    activity.pid
from pg_stat_activity as activity
inner join pg_locks as locks on locks.pid = activity.pid and locks.granted
inner join pg_class as class on class.oid = locks.relation and class.relkind in ('r', 'v', 'm')
inner join pg_namespace as namespace on namespace.oid = class.relnamespace
where
    locks.database = (select oid from pg_database where datname = current_database())
    and namespace.nspname !~ '^pg_' and namespace.nspname <> 'information_schema'
    and activity.pid <> pg_backend_pid()
    and coalesce(activity.xact_start < clock_timestamp() - %s * interval '1 second', true)
group by activity.pid, activity.usename, activity.application_name, activity.state, activity.xact_start
order by activity.xact_start
"""


def lock_timeout_message(cursor: Cursor, waited_s: float) -> str:
    """Return which sessions hold locks on relations, since when, and what to do."""
    cursor.execute(HOLDERS, (waited_s,))
    holders = cursor.fetchall()
    sessions = "; ".join(text for text, _ in holders) or "a session that has ended since"
    ends = "; ".join(f"select pg_terminate_backend({pid})" for _, pid in holders)
    end = f"end these transactions, or the sessions with `{ends}`, and run again" if holders else "run again"
    return (
        f"The database: expected its locks within {waited_s:g} s ([Postgres] lock_timeout_s in luigi.cfg), found them "
        f"held by {sessions}; nothing incomplete was published; {end}."
    )

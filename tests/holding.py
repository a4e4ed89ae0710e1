"""Blocks a task in the middle of its transaction for as long as a test inspects or kills it."""

import time
from collections.abc import Iterator
from contextlib import closing, contextmanager

import psycopg2
from psycopg2.extensions import connection as Connection

from tests.running import SECONDS, Running, Workspace

# A task signs what it has created at the end of the transaction; a trigger on the signature makes it wait there.
TRIGGERS = """
create table public.held (name text not null);
insert into public.held values ('');
grant select on public.held to public;
create function public.hold() returns trigger language plpgsql as $$
declare
    signed text := to_jsonb(new) ->> 'schema_name';
begin
    if tg_table_name = 'relation' then
        select format('%s.%s', relnamespace::regnamespace, relname) into signed from pg_class where oid = new.oid;
    end if;
    if signed = (select name from public.held) then
        perform pg_advisory_xact_lock_shared(1);
    end if;
    return new;
end
$$;
create trigger hold before insert on audit.relation for each row execute function public.hold();
create trigger hold before insert on audit.bundle for each row execute function public.hold();
"""
REMOVED = """
drop trigger hold on audit.relation; drop trigger hold on audit.bundle;
drop function public.hold(); drop table public.held
"""
WAITING = """
select count(*) from pg_stat_activity
where application_name = 'ntsb-pipeline' and wait_event_type = 'Lock' and wait_event = 'advisory'
"""


class Holder:
    """Blocks the task that signs a given schema or relation."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        connection.autocommit = True
        self.ask(TRIGGERS)

    def ask(self, statement: str) -> tuple[object, ...]:
        """The first row of a statement."""
        with self.connection.cursor() as cursor:
            cursor.execute(statement)
            return (cursor.fetchone() if cursor.description else None) or ()

    @contextmanager
    def at(self, name: str) -> Iterator[None]:
        """Inside the block, the task that signs `name` waits; after it, the task continues."""
        self.ask(f"update public.held set name = '{name}'")
        self.ask("select pg_advisory_lock(1)")
        try:
            yield
        finally:
            self.ask("update public.held set name = ''")
            self.ask("select pg_advisory_unlock(1)")

    def wait_until_held(self, run: Running) -> None:
        """Waits until a task of the run is blocked."""
        deadline = time.monotonic() + SECONDS
        while self.ask(WAITING) == (0,):
            assert run.process.poll() is None and time.monotonic() < deadline, run.text()[-3000:]
            time.sleep(0.02)


@contextmanager
def holder(workspace: Workspace) -> Iterator[Holder]:
    """A holder in the database of a store, which is as it was afterwards."""
    with closing(psycopg2.connect(workspace.url())) as connection:
        held = Holder(connection)
        try:
            yield held
        finally:
            held.ask(REMOVED)

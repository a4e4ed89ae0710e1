"""Session settings of every connection, so that no result depends on the configuration of the server or the user."""

# No parallel queries: tasks already use all processors, and a sum of reals depends on the order of the rows.
SESSION_OPTIONS = (
    "-c timezone=UTC -c datestyle=ISO,YMD -c intervalstyle=postgres -c extra_float_digits=1 "
    "-c client_min_messages=warning -c max_parallel_workers_per_gather=0 -c max_parallel_maintenance_workers=0 "
    # A publication is idle in its transaction while other connections compare tables for it.
    "-c idle_in_transaction_session_timeout=0"
)

# One parallel worker, for smaller tables than by default; used where nothing else runs.
PARALLEL_SETTINGS = """
set local max_parallel_workers_per_gather = 1;
set local max_parallel_maintenance_workers = 1;
set local parallel_setup_cost = 100;
set local parallel_tuple_cost = 0.005
"""

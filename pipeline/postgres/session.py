"""Session settings that every connection of the pipeline uses, so that no result depends on a server configuration."""

# Pinned, so that no result depends on the server's or the user's own settings. Steps share the processors among
# themselves: workers of a query's own only take turns with other steps, and a sum of reals depends on their order.
SESSION_OPTIONS = (
    "-c timezone=UTC -c datestyle=ISO,YMD -c intervalstyle=postgres -c extra_float_digits=1 "
    "-c client_min_messages=warning -c max_parallel_workers_per_gather=0 -c max_parallel_maintenance_workers=0 "
    # A publication waits for what others compare for it.
    "-c idle_in_transaction_session_timeout=0"
)

# Where nothing else runs, a second processor is worth having, for fewer rows than it usually is.
PARALLEL_SETTINGS = """
set local max_parallel_workers_per_gather = 1;
set local max_parallel_maintenance_workers = 1;
set local parallel_setup_cost = 100;
set local parallel_tuple_cost = 0.005
"""

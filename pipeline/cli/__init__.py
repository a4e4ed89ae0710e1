"""Commands of `python -m pipeline`, one module each.

A module defines SUMMARY (its line in the help text), `run(options)`, which prints the result and returns the exit code,
and, if the command has arguments, `add_arguments(parser)`. Its docstring is the help text of the command.
Most commands only read. `verify` builds in a separate store, `rollback` changes the current release, `promote` the
champion of the models, `archive` and `api-download` add files, `gc` and `clean` delete, the `database-` commands start
or stop the embedded server, and `serve`, `mcp`, `mlflow` and `scheduler` serve until they are interrupted.
"""

# In the order of the help text; `-` in a command's name is `_` in its module's name.
COMMANDS = (
    "doctor",
    "plan",
    "why",
    "status",
    "anomalies",
    "parity",
    "check",
    "verify",
    "audit-folder",
    "publish-folder",
    "dynamodb-validate",
    "find",
    "diff",
    "corrections",
    "archive",
    "api-download",
    "rollback",
    "gc",
    "runs",
    "schedule",
    "notify",
    "backup",
    "restore",
    "features",
    "explain",
    "promote",
    "bundle",
    "serve",
    "mcp",
    "benchmark",
    "database-url",
    "database-stop",
    "mlflow",
    "scheduler",
    "clean",
)

"""Commands of `python -m pipeline`: one module each, with SUMMARY, `arguments(parser)` and `run(options) -> exit code`.

Commands look; they decide nothing. `verify` builds, but in a store of its own; `rollback` changes which release
readers see, and `gc` removes what nothing needs any more.
"""

# In the order in which a newcomer needs them; `-` in a command's name is `_` in its module's.
COMMANDS = (
    "doctor",
    "plan",
    "why",
    "status",
    "anomalies",
    "verify",
    "diff",
    "rollback",
    "gc",
    "features",
    "explain",
    "database-url",
    "database-stop",
)

"""Commands of `python -m pipeline`: one module each, with SUMMARY, `arguments(parser)` and `run(options) -> exit code`.

Commands look; they decide nothing. Only `verify` builds, and in a store of its own.
"""

# In the order in which a newcomer needs them; `-` in a command's name is `_` in its module's.
NAMES = ("doctor", "plan", "why", "status", "verify", "features", "explain", "database-url", "database-stop")

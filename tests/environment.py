"""Variables of the environment that libraries read, with values that would change a result or break a run."""

LIBPQ = {
    "PGAPPNAME": "other",
    "PGCHANNELBINDING": "require",
    "PGCLIENTENCODING": "LATIN1",
    "PGCONNECT_TIMEOUT": "1",
    "PGDATABASE": "other",
    "PGDATESTYLE": "SQL, DMY",
    "PGGEQO": "off",
    "PGGSSENCMODE": "require",
    "PGHOST": "192.0.2.1",
    "PGHOSTADDR": "192.0.2.1",
    "PGOPTIONS": "-c search_path=pg_catalog -c extra_float_digits=-15 -c bytea_output=escape",
    "PGPASSFILE": "/nowhere/pgpass",
    "PGPASSWORD": "wrong",
    "PGPORT": "1",
    "PGREQUIREAUTH": "none",
    "PGSERVICE": "nowhere",
    "PGSERVICEFILE": "/nowhere/pg_service.conf",
    "PGSSLCERT": "/nowhere/cert",
    "PGSSLMODE": "require",
    "PGSSLNEGOTIATION": "direct",
    "PGSSLROOTCERT": "/nowhere/root",
    "PGTARGETSESSIONATTRS": "standby",
    "PGTZ": "Asia/Tokyo",
    "PGUSER": "other",
}
LOCALE = {
    "LANG": "de_DE.ISO-8859-1",
    "LC_ALL": "C",
    "LC_NUMERIC": "de_DE.UTF-8",
    "PYTHONCOERCECLOCALE": "0",
    "PYTHONIOENCODING": "ascii:strict",
    "PYTHONUTF8": "0",
    "TZ": "Asia/Kathmandu",
}
PYTHON = {
    "MATPLOTLIBRC": "/nowhere/matplotlibrc",
    "MPLBACKEND": "svg",
    "PANDAS_COPY_ON_WRITE": "warn",
    "PANDAS_FUTURE_INFER_STRING": "1",
    "PYTHONHASHSEED": "4242",
    "SOURCE_DATE_EPOCH": "1",
}
MLFLOW = {
    "MLFLOW_ACTIVE_MODEL_ID": "m-nowhere",
    "MLFLOW_ENABLE_ASYNC_LOGGING": "true",
    "MLFLOW_EXPERIMENT_ID": "987654321",
    "MLFLOW_EXPERIMENT_NAME": "other",
    "MLFLOW_REGISTRY_URI": "http://127.0.0.1:9",
    "MLFLOW_RUN_CONTEXT": "other",
    "MLFLOW_RUN_ID": "0" * 32,
    "MLFLOW_TRACKING_PASSWORD": "wrong",
    "MLFLOW_TRACKING_TOKEN": "wrong",
    "MLFLOW_TRACKING_URI": "http://127.0.0.1:9",
    "MLFLOW_WORKSPACE": "other",
}
HOSTILE_ENVIRONMENT = LIBPQ | LOCALE | PYTHON | MLFLOW

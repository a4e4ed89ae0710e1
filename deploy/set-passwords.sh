#!/usr/bin/env bash
# Sets the passwords of the pipeline's roles when the database container is created. psql reads them from variables of its
# own, so that they are on no command line.
set -euo pipefail
for role in owner loader; do
    # psql would go on with an empty password.
    [ -r "/run/secrets/${role}_password" ] || {
        echo "/run/secrets/${role}_password: expected a file that $(id -un) can read, found none; run deploy/make-secrets" >&2
        exit 1
    }
    psql --quiet --set=ON_ERROR_STOP=1 --username=postgres --dbname=ntsb <<SQL
\set password \`cat /run/secrets/${role}_password\`
alter role ntsb_${role} password :'password';
SQL
done

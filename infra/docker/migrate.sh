#!/bin/sh
# Brings the schema of each service up to date, as its own role. dbmate holds an advisory lock while it works,
# so any number of these may run at once. Reads NAME_database_url in ONASTY_SECRETS_DIR.
set -eu

for service in auth mailer notes; do
  # Not among the arguments, which everybody on the machine may read.
  DATABASE_URL=$(cat "${ONASTY_SECRETS_DIR:?names the folder of the secrets}/${service}_database_url")
  export DATABASE_URL
  dbmate --env=DATABASE_URL --migrations-dir="${MIGRATIONS_DIR:-/srv/migrations}/$service" \
    --migrations-table="$service.schema_migrations" --no-dump-schema --migration-lock migrate
done

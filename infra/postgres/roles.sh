#!/bin/sh
# Makes roles and schemas, or brings them up to date; any number of times. Where, and as whom: libpq's variables.
set -eu

secret() { cat "/run/secrets/postgres_$1_password"; }

PGPASSWORD=$(secret admin)
POSTGRES_AUTH_PASSWORD=$(secret auth)
POSTGRES_MAILER_PASSWORD=$(secret mailer)
POSTGRES_NOTES_PASSWORD=$(secret notes)
export PGPASSWORD POSTGRES_AUTH_PASSWORD POSTGRES_MAILER_PASSWORD POSTGRES_NOTES_PASSWORD
exec psql --no-psqlrc --quiet --file=/etc/onasty/roles.sql

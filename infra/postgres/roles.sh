#!/bin/sh
# Makes roles and schemas, or brings them up to date; any number of times. Where, and as whom: libpq's variables.
# Passwords are read from postgres_ROLE_password in ONASTY_SECRETS_DIR.
set -eu

secret() { cat "${ONASTY_SECRETS_DIR:?names the folder of the secrets}/postgres_$1_password"; }

PGPASSWORD=$(secret admin)
POSTGRES_AUTH_PASSWORD=$(secret auth)
POSTGRES_MAILER_PASSWORD=$(secret mailer)
POSTGRES_NOTES_PASSWORD=$(secret notes)
export PGPASSWORD POSTGRES_AUTH_PASSWORD POSTGRES_MAILER_PASSWORD POSTGRES_NOTES_PASSWORD
exec psql --no-psqlrc --quiet --file="$(dirname -- "$0")/roles.sql"

#!/bin/sh
# Saves streams and database of an installation in containers, while it runs:
#   infra/compose/backup.sh FOLDER    into FOLDER/TIME/, which is there only when all of it is
#
# What is saved, why in this order, and how it comes back: docs/recovery.md.
set -eu
umask 077

folder=${1:?names the folder of the backups}
mkdir -p -- "$folder"
folder=$(cd -- "$folder" && pwd)/$(date -u +%Y-%m-%dT%H%M%SZ)
cd -- "$(dirname -- "$0")/../.."

in_postgres() {
  # shellcheck disable=SC2016  # it is for the container's shell
  docker compose exec -T postgres sh -c \
    'PGUSER=onasty_admin PGPASSWORD=$(cat /run/secrets/postgres_admin_password) exec "$@"' sh "$@"
}

mkdir -- "$folder.new"
# A signal ends some shells without what is to be done at the end.
trap 'exit 1' HUP INT TERM
trap 'rm -rf -- "$folder.new"' EXIT
docker compose run --rm -T provision python -P -m chassis.stream_backup save - </dev/null >"$folder.new/streams.backup"
in_postgres pg_dump --format=custom onasty </dev/null >"$folder.new/onasty.dump"
in_postgres pg_restore --file=/dev/null <"$folder.new/onasty.dump" # reads all of it
mv -- "$folder.new" "$folder"
echo "Saved in $folder"

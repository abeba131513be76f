#!/bin/sh
# Makes the secrets of an installation: those that are missing, and never one that is there.
#   infra/compose/secrets.sh [FOLDER]    by default infra/compose/secrets, beside this file
#
# A file is readable to all, because the programs in the containers are other users than you; the folder is
# yours alone, and nobody else gets at the files through it. Keep a copy of the folder apart from the backups
# of the databases: notes_sealing_keys and auth_secret open what lies in them.
set -eu
umask 022

folder=${1:-$(dirname -- "$0")/secrets}
mkdir -p -- "$folder"
chmod 0700 -- "$folder"
cd -- "$folder"

random() { head -c "$1" /dev/urandom | base64 | tr -d '\n'; }

# In addresses, so without the characters that base64 has and addresses do not.
password() { random 24 | tr '+/' '-_'; }

put() { # name; the content comes in. Whole or not at all.
  if [ -e "$1" ]; then
    cat >/dev/null
    return
  fi
  cat >"$1.new"
  if ! [ -s "$1.new" ]; then
    echo "secrets.sh: nothing came for $1; are head, base64 and tr there?" >&2
    exit 1
  fi
  chmod 0444 "$1.new"
  mv "$1.new" "$1"
}

for user in admin auth gateway mailer notes cluster; do password | put "nats_${user}_password"; done
for role in admin auth mailer notes; do password | put "postgres_${role}_password"; done
password | put valkey_password
password | put grafana_password

{ printf 'k1:' && random 32; } | put notes_sealing_keys
random 32 | put auth_secret
random 32 | put gateway_client_key

# Given by others: write them in when there are any.
for name in auth_google_client_secret auth_github_client_secret mailer_smtp_password; do
  [ -e "$name" ] || : >"$name"
done

# What follows from them; removed, these are made anew.
for user in auth gateway mailer notes; do
  printf 'nats://%s:%s@nats:4222' "$user" "$(cat "nats_${user}_password")" | put "${user}_nats_url"
done
printf 'nats://admin:%s@nats:4222' "$(cat nats_admin_password)" | put provision_nats_url
for role in auth mailer notes; do
  printf 'postgresql://%s:%s@postgres:5432/onasty?sslmode=disable' "$role" "$(cat "postgres_${role}_password")" |
    put "${role}_database_url"
done
for service in auth gateway; do
  printf 'redis://:%s@valkey:6379/0' "$(cat valkey_password)" | put "${service}_redis_url"
done
printf 'requirepass %s\n' "$(cat valkey_password)" | put valkey_password.conf
for user in admin auth gateway mailer notes; do
  printf '%s_password: "%s"\n' "$user" "$(cat "nats_${user}_password")"
done | put nats_passwords.conf
cluster=$(cat nats_cluster_password)
{
  printf 'authorization { user: node, password: "%s" }\nroutes: [\n' "$cluster"
  for node in nats-1 nats-2 nats-3; do printf '  "nats://node:%s@%s:6222"\n' "$cluster" "$node"; done
  printf ']\n'
} | put nats_routes.conf

echo "The secrets are in $PWD"

#!/bin/sh
# Starts PostgreSQL; on an empty folder makes the cluster and runs the scripts of /docker-entrypoint-initdb.d first, without a port.
set -eu
if [ ! -s "$PGDATA/ready" ]; then
    rm -rf "$PGDATA"
    mkdir -p -m 0700 "$PGDATA"
    initdb --username=postgres --pwfile="$POSTGRES_PASSWORD_FILE" --auth-local=trust --auth-host=scram-sha-256 --encoding=UTF8 --locale=C.UTF-8
    echo 'host all all all scram-sha-256' >>"$PGDATA/pg_hba.conf"
    pg_ctl start --wait -o "-c listen_addresses=''"
    for script in /docker-entrypoint-initdb.d/*.sh; do
        "$script"
    done
    pg_ctl stop --wait --mode=fast
    date >"$PGDATA/ready"
fi
exec postgres -c 'listen_addresses=*'

#!/bin/sh
# Brings Temporal's two databases to the schema of its tool, starts the server and registers the namespace `default`.
set -eu
for store in temporal/temporal temporal_visibility/visibility; do
    for step in create 'setup-schema -v 0.0' "update-schema --schema-name postgresql/v12/${store#*/}"; do
        # shellcheck disable=SC2086 - a step is several words
        temporal-sql-tool --plugin "$DB" --endpoint "$POSTGRES_SEEDS" --port "$DB_PORT" --user "$POSTGRES_USER" \
            --password "$POSTGRES_PWD" --database "${store%/*}" $step
    done
done
address=$(hostname -i | cut -d ' ' -f 1)
export TEMPORAL_BROADCAST_ADDRESS="$address"
{
    until temporal operator cluster health --address "$address:7233" >/dev/null 2>&1; do sleep 1; done
    until temporal operator namespace describe --address "$address:7233" default >/dev/null 2>&1; do
        temporal operator namespace create --address "$address:7233" --retention 24h default || sleep 1
    done
} &
exec temporal-server --allow-no-auth start

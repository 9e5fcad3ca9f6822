#!/bin/sh
# Run once by PostgreSQL's image: the roles of Claimwright and of Temporal, with synthetic passwords (docs/operations/database-roles.md).
set -eu
for role in owner intake streams worker publisher reconciler console identity reader staffing; do
    psql --username postgres --quiet --set ON_ERROR_STOP=1 <<SQL
CREATE ROLE claimwright_$role LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOINHERIT NOREPLICATION NOBYPASSRLS PASSWORD 'synthetic-$role';
ALTER ROLE claimwright_$role SET timezone = 'UTC';
SQL
done
psql --username postgres --quiet --set ON_ERROR_STOP=1 <<SQL
CREATE DATABASE claimwright OWNER claimwright_owner;
CREATE ROLE temporal LOGIN CREATEDB PASSWORD 'synthetic-temporal';
SQL

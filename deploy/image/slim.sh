#!/bin/sh
# Removes from an environment what no process reads: type stubs, tests of packages, sources in C and Rust, and symbols of libraries.
# Of the languages that a traceback may be colored for, none is compiled before it is used.
set -eu
packages=$1
find "$packages" -type d \( -name tests -o -name test \) -not -path '*/claimwright*' -prune -exec rm -rf {} +
rm -rf "$packages"/temporalio/bridge/sdk-core "$packages"/sqlalchemy/testing "$packages"/alembic/testing "$packages"/pygments/lexers/__pycache__
find "$packages" -type f \( -name '*.pyi' -o -name '*.pyx' -o -name '*.pxd' -o -name '*.c' -o -name '*.h' -o -name '*.a' -o -name '*.rs' \) -delete
find "$packages" -type f -name '*.so*' -exec strip --strip-unneeded {} +

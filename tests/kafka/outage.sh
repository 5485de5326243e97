#!/usr/bin/env bash
# A broker that is killed and comes back is picked up by reader and appender; nothing is lost or doubled meanwhile.
source "$(dirname "$0")/harness.sh"

address=$(own_broker outage)
claim "a broker that goes away is a fault to be retried, and is picked up when it comes back" \
  env BROKERS="$address" BROKER_STOP="'$kafka' stop --kill --dir '$work/outage'" \
  BROKER_START="'$kafka' start --dir '$work/outage'" "$(dirname "$millrace")/tests/millrace_kafka_outage"
finish

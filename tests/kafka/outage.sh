#!/usr/bin/env bash
# A broker that is killed and comes back is picked up by reader and appender; nothing is lost or doubled meanwhile. An instance
# can be stopped while it is away.
source "$(dirname "$0")/harness.sh"

address=$(own_broker outage)
claim "a broker that goes away is a fault to be retried, and is picked up when it comes back" \
  env BROKERS="$address" BROKER_STOP="'$kafka' stop --kill --dir '$work/outage'" \
  BROKER_START="'$kafka' start --dir '$work/outage'" "$(dirname "$millrace")/tests/millrace_kafka_outage"
ns=$(fresh away)
cluster=(--brokers "$address" --namespace "$ns")
gone() { ! kill -0 "${pid[a]}" 2>/dev/null; }
m topology --create "${cluster[@]}" --data "$work/a" --partitions 2
share_key door
start a
produce 200
claim "an instance folds what comes" await 60 settled
produce 2000
"$kafka" stop --kill --dir "$work/outage"
read -rt 5 <> <(:) # into its retries
kill -TERM "${pid[a]}"
stopped=$SECONDS
claim "TX-4: a stop while all brokers are away ends" await 120 gone
echo "       $((SECONDS - stopped)) s"
gone || tail -n 5 "$work/a.log"
"$kafka" start --dir "$work/outage" >/dev/null
start a
claim "the next start folds the rest" await 120 settled
end TERM a
claim "and no fact has taken effect twice" "$root/tests/kafka/check_effects.py" "$millrace" "$address" "$ns" "$work/door" "$work/facts"
finish

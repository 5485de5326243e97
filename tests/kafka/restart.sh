#!/usr/bin/env bash
# An instance that was killed works again in seconds; another one takes over what a dead one had, also when it died inside
# a transaction; brokers that are away are waited for, and picked up when they come. The times are printed, not judged.
source "$(dirname "$0")/harness.sh"

address=$(own_broker broker)
cluster=(--brokers "$address" --namespace "$(fresh restart)")
m topology --create "${cluster[@]}" --data "$work/a" --partitions 6
share_key b door
# Some partition's last stable offset is below its end: instance a, stopped, is inside a transaction.
ends() { kcat -Q -b "$address" -X isolation.level="$1" $(for t in leads.harvested leads.scored routing.decisions; do for p in 0 1 2 3 4 5; do echo "-t ${cluster[3]}.$t:$p:-1"; done; done) | sort; }
stopped_inside() {
  kill -STOP "${pid[a]}"
  [ "$(ends read_committed)" != "$(ends read_uncommitted)" ] && return
  kill -CONT "${pid[a]}"
  return 1
}

start a
produce 2000
claim "an instance folds what comes" await 60 settled

restart_rounds 600 20
claim "and folds the rest" await 60 settled

start b
claim "another instance gets its share" await 30 said b 0 commit "member 0"
produce 1000
before=$(lines b)
end KILL a
began=$(now_ms)
claim "it takes over what a dead one had" await 30 said b "$before" commit "member 0"
echo "       $(($(now_ms) - began)) ms after the death"
produce 200
claim "and folds all of it" await 30 settled
echo "       $(($(now_ms) - began)) ms after the death"

before=$(lines a)
start a
claim "the dead one comes back" await 30 said a "$before" commit "member 0"
produce 6000 &
claim "it stands inside a transaction" await 60 stopped_inside
end KILL a
began=$(now_ms)
stable_again() { [ "$(ends read_committed)" = "$(ends read_uncommitted)" ]; }
claim "its transaction is ended by the other one" await 40 stable_again
echo "       $(($(now_ms) - began)) ms after the death"
wait $!
claim "and all is folded" await 90 settled

"$kafka" stop --kill --dir "$work/broker"
claim "produce says what was tried and what to do" bash -c "! '$millrace' produce '$work/part' ${cluster[*]} --data '$work/door' 2>'$work/said' && grep -q 'could not reach Kafka at $address.*check that the brokers run' '$work/said'"
before_a=$(lines a)
start a  # while there is none
claim "so does an instance that starts meanwhile, and tries on" await 40 said a "$before_a" fault broker_unreachable
"$kafka" start --dir "$work/broker" >/dev/null
began=$(now_ms)
produce 600
claim "when it comes back, both go on" await 60 said a "$before_a" commit
claim "without a restart" await 60 settled
echo "       $(($(now_ms) - began)) ms after its start"
claim "a bad address is named" bash -c "! '$millrace' tail control --brokers nonsense --namespace x 2>'$work/said' && grep -q nonsense '$work/said'"

stop_both a b
one_effect_each "$address"

keep_logs
finish

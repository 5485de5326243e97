#!/usr/bin/env bash
# A broker that comes up may not know a topic for many seconds, though it is there. An instance whose members begin anew meanwhile
# waits until it does. (The proxy has the broker asked for another name in its place.)
source "$(dirname "$0")/harness.sh"

listen=$((23000 + RANDOM % 1000))
direct=$(own_broker broker --advertise "$listen")
"$proxy" run --listen "$listen" --broker "${direct#*:}" --control "$work/proxy" &
await 10 tell seen Metadata
cluster=(--brokers "127.0.0.1:$listen" --namespace "$(fresh unknown)")
m topology --create "${cluster[@]}" --data "$work/a" --partitions 6
share_key b door
runs() { kill -0 "${pid[$1]}"; }

start a
claim "an instance works" await 60 said a 0 commit "member 0"
produce 200
claim "and folds" await 60 settled

start b
claim "another one gets its share" await 60 said b 0 commit "member 0"
before_a=$(lines a) before_b=$(lines b)
kill -STOP "${pid[a]}"
produce 100
claim "when the first sleeps past its session the other one has all" await 60 settled
tell forget "${cluster[3]}.keys"
kill -CONT "${pid[a]}"
claim "it wakes, has lost its membership, and begins anew, while the brokers do not know a topic" await 90 said a "$before_a" fault unknown_topic
claim "it is not ended by that" runs a
tell recall "${cluster[3]}.keys"
claim "and goes on when they do" await 60 said a "$before_a" commit "member 0"
produce 100
claim "all is folded" await 60 settled

end TERM b
before_b=$(lines b)
tell forget "${cluster[3]}.keys"
start b
claim "one that is started meanwhile says what is not there" await 60 said b "$before_b" fault topics_gone
claim "and is not ended by that either" runs b
tell recall "${cluster[3]}.keys"
claim "but comes up when the brokers know it" await 60 said b "$before_b" ready ""

stop_both a b
one_effect_each "$direct"
keep_logs
finish

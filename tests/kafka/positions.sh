#!/usr/bin/env bash
# A group whose positions the brokers have dropped, as they do when no member came for offsets.retention.minutes: nothing is put out
# a second time, with the state at hand or on a new disk.
source "$(dirname "$0")/harness.sh"

ns=$(fresh positions)
cluster=(--brokers "$BROKERS" --namespace "$ns")
m topology --create "${cluster[@]}" --data "$work/a" --partitions 2
share_key door
put_out() { kcat -C -e -q -b "$BROKERS" -X isolation.level=read_committed -t "$ns.leads.scored" -o beginning -f '%p %o\n' | wc -l; }
refuses() { ! kill -0 "${pid[a]}" 2>/dev/null && tail -n "+$((before + 1))" "$work/a.log" | grep -q positions_gone; }

start a
produce 200
claim "an instance folds what comes" await 60 settled
end TERM a
scored=$(put_out)
# Its members are gone when their sessions are over.
claim "the brokers have dropped the positions" await 60 eval '"$foreign" forget "$BROKERS" "$ns.spine" "$ns.control" 2>/dev/null'
before=$(lines a)
start a
claim "it refuses to go on" await 60 refuses
before=$(lines a)
rm -r "$work/a/state"
start a
claim "and to begin anew on a new disk" await 60 refuses
claim "nothing was put out a second time" same "$(put_out)" "$scored"
finish

#!/usr/bin/env bash
# A namespace that two folders make at the same moment is one's, whole; the other is told, and can join.
source "$(dirname "$0")/harness.sh"

for round in 1 2 3; do
  ns=$(fresh create)
  cluster=(--brokers "$BROKERS" --namespace "$ns")
  rm -rf "$work/a" "$work/b"
  for name in a b; do
    "$millrace" topology --create "${cluster[@]}" --data "$work/$name" --partitions 2 >"$work/$name.made" 2>&1 &
    pid[$name]=$!
  done
  wait "${pid[a]}"; a=$?
  wait "${pid[b]}"; b=$?
  claim "CN-7: one of two makes the namespace" same "$(((a == 0) + (b == 0)))" 1
  [ "$a" = 0 ] && made=a other=b || made=b other=a
  claim "the other is told that it is there" grep -q "(exists)" "$work/$other.made"
  claim "and keeps no keys of its own" test ! -e "$work/$other/keys/master"
done
mkdir -p "$work/$other/keys" "$work/door/keys"
for name in "$other" door; do install -m 600 "$work/$made/keys/master" "$work/$name/keys/master"; done
start "$other"
produce 50
claim "it joins, and folds what comes" await 60 settled
end TERM "$other"
claim "and stops clean" same "$(tail -n 1 "$work/$other.log" | jq -r .event)" stop
finish

#!/usr/bin/env bash
# A simulated history: the same seed gives the same topics, nothing of it is poison, and its world answers what is sent.
source "$(dirname "$0")/harness.sh"
simulate() { m simulate --data "$work/$1" --key-seed sim --seed 5 --leads 300 --days 20 --tenants 2 "${@:2}" >"$work/said"; }
run() { m run --data "$work/$1" --key-seed sim --once --threads "$2"; }

simulate a --world
claim "simulate makes a folder" same "$?" 0
claim "it says what to type next" grep -q "millrace run --data $work/a --once" "$work/said"
simulate a
claim "a folder that holds a namespace is refused" same "$?" 2
run a 1
claim "run --once folds it" same "$?" 0
simulate b --world
run b 2
claim "the same seed gives the same topics, byte for byte, on two threads" same "$(fingerprint "$work/b")" "$(fingerprint "$work/a")"
claim "every record is accounted for" m status --data "$work/a"
claim "no fact of it is poison" same "$("$millrace" tail crm.events.dlq --data "$work/a" --json | head -n 3)" ""
claim "no name or address stands in the log in clear" same "$(grep -rlaE '@[a-z]+-[a-z]+-[0-9]+\.example\.com' "$work/a/log" | head -n 1)" ""

# What the world does, as far as the stages that ask it are there.
if "$millrace" topology | grep -q '^dispatch'; then
  sent() { "$millrace" tail crm.events --data "$work/$1" --type delivery.sent --json; }
  claim "armed, commands are live and the world sends them" test "$(sent a | jq -s 'map(select(.data.dry_run == false)) | length')" -gt 0
  claim "people open what they get" test "$("$millrace" tail crm.events --data "$work/a" --type engagement.opened --json | wc -l)" -gt 0
  simulate c
  run c 2
  claim "not armed, all that is sent is a dry run" same "$(sent c | jq -s 'map(.data.dry_run) | unique')" "$(printf '[\n  true\n]')"
fi
finish

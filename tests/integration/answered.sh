#!/usr/bin/env bash
# What a producer was told is taken is there after kill -9, whenever the process is killed: two producers send facts of new leads, a
# key each, to a run that is killed again and again in the middle of its commits. ROUNDS sets the size.
source "$(dirname "$0")/harness.sh"
rounds=${ROUNDS:-8}
fact() {
  printf '{"specversion":"1.0","id":"%s","source":"test","type":"lead.captured","tenant":"acme","time":"2026-01-31T09:30:00Z","data":{"lead_source":"csv","email":"%s@example.com"}}\n' "$1" "$1"
}
# Sends facts until the run is gone, and notes those that were taken.
producer() {
  local n=0
  while kill -0 "$run" 2>/dev/null; do
    n=$((n + 1))
    fact "$1-$n" | "$millrace" produce - --data "$work/d" 2>/dev/null && echo "$1-$n" >>"$work/taken.$2"
  done
}
taken() { sort -u "$work"/taken.*; }

m produce /dev/null --data "$work/d"
RANDOM=7
for round in $(seq "$rounds"); do
  "$millrace" run --data "$work/d" --threads 2 2>"$work/run.log" &
  run=$!
  claim "round $round: it comes up behind a kill" await 60 grep -q '"event":"ready"' "$work/run.log"
  producer "a$round" a & a=$!
  producer "b$round" b & b=$!
  read -rt "0.$(printf '%03d' $((200 + RANDOM % 700)))" <> <(:) || :
  { kill -KILL "$run" && wait "$run"; } 2>/dev/null
  wait "$a" "$b"
done
m run --data "$work/d" --once
claim "it comes up, and no key is missing" same "$?" 0
"$millrace" tail leads.harvested --data "$work/d" --type lead.snapshot --json | jq -r .id | sort -u >"$work/snapshots"
"$millrace" tail crm.events --data "$work/d" --json | jq -r 'select(.type == "lead.captured") | .id' | sort -u >"$work/there"
claim "of $(taken | wc -l) facts that were answered none is missing" same "$(taken | comm -23 - "$work/there" | wc -l)" 0
claim "there were some" test "$(taken | wc -l)" -gt "$rounds"
claim "each fact in the log is a lead" same "$(wc -l <"$work/snapshots")" "$(wc -l <"$work/there")"
claim "folding everything again gives the same bytes" m verify --data "$work/d"
finish

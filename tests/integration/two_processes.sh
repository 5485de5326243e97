#!/usr/bin/env bash
# One writer: a second run is refused with a clear word; produce, tail and state work while run is up, produce also
# while it is down; the same file produced twice takes effect once.
source "$(dirname "$0")/harness.sh"
fact() {
  printf '{"specversion":"1.0","id":"%s","source":"test","type":"lead.captured","tenant":"acme","time":"2026-01-31T09:30:00Z","data":{"lead_source":"csv","email":"%s@example.com"}}\n' "$1" "$1"
}
for i in $(seq 1 200); do fact "lead$i"; done >"$work/facts.ndjson"

m produce "$work/facts.ndjson" --data "$work/d"
claim "produce makes the folder and takes facts while nothing runs" same "$?" 0
"$millrace" run --data "$work/d" 2>"$work/run.log" &
run=$!
claim "run comes up" await 20 grep -q '"event":"ready"' "$work/run.log"
m run --data "$work/d" --once
claim "a second run is refused" same "$?" 2
claim "and says who has the folder" grep -q "$run" "$work/said"

captured() { [ "$("$millrace" tail leads.harvested --data "$work/d" --type lead.snapshot --json | wc -l)" -ge "$1" ]; }
claim "what was produced before is folded" await 20 captured 200
fact extra | m produce - --data "$work/d"
claim "produce works while run is up" same "$?" 0
claim "and is folded" await 20 captured 201
m produce "$work/facts.ndjson" --data "$work/d"
claim "the same file again is taken" same "$?" 0
duplicates() { [ "$("$millrace" status --data "$work/d" --json | jq -s '[.[]|select(.stage=="harvest")|.duplicates]|add')" -ge 200 ]; }
claim "and counted as duplicates" await 20 duplicates
claim "no second snapshot" same "$("$millrace" tail leads.harvested --data "$work/d" --type lead.snapshot --json | wc -l)" 201
claim "state can be read while run is up" m state ls score lead acme/ --data "$work/d" --limit 1

nothing_left() { ! compgen -G "$work/d/scratch*" >/dev/null; }
claim "a verify beside it that is killed leaves a folder" await 20 kill_verify "$work/d"
m verify --data "$work/d" >/dev/null
claim "which the next one removes, with its own" nothing_left
claim "another one is killed" await 20 kill_verify "$work/d"

kill -TERM "$run"
wait "$run"
claim "a signal stops it clean" same "$?" 0
claim "every record is accounted for" "$millrace" status --data "$work/d"
claim "folding everything again gives the same bytes" m verify --data "$work/d"
claim "what was left is gone, though no process runs" nothing_left
rm -r "$work/d/state"
mkdir "$work/d/scratch"  # as a verify leaves that is killed while no process runs
m run --data "$work/d" --once
claim "state that was taken away as a whole is folded again from the log" same "$?" 0
claim "and what such a verify had left is removed" nothing_left
claim "to the same bytes" m verify --data "$work/d"
finish

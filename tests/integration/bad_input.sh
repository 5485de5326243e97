#!/usr/bin/env bash
# Thousands of broken records never stop a partition and never crash; each has a dead letter with its reason.
source "$(dirname "$0")/harness.sh"
count=${RECORDS:-10000}

python3 "$here/mutate.py" "$count" >"$work/bad.ndjson"
m produce "$work/bad.ndjson" --data "$work/refused"
claim "produce refuses them" same "$?" 1
claim "and names lines and reasons" grep -q "^line 1: refused: bad_json" "$work/said"
m produce "$work/bad.ndjson" --data "$work/d" --dlq
printf '%s\n' '{"specversion":"1.0","id":"fine","source":"test","type":"lead.captured","tenant":"acme","time":"2026-01-31T09:30:00Z","data":{"lead_source":"csv","email":"fine@example.com"}}' | m produce - --data "$work/d"
m run --data "$work/d" --once
claim "run folds them all" same "$?" 0
claim "every record is accounted for" "$millrace" status --data "$work/d"
dead=$("$millrace" tail crm.events.dlq --data "$work/d" --json | wc -l)
passed=$("$millrace" status --data "$work/d" --json | jq -s '[.[]|select(.stage=="harvest")|.dead_letters]|add')
echo "  $dead dead letters"
"$millrace" tail crm.events.dlq --data "$work/d" --json | jq -r .data.reason | sort | uniq -c | sort -rn | sed 's/^/  /'
claim "each dead letter has a reason" same "$("$millrace" tail crm.events.dlq --data "$work/d" --json | jq -r 'select(.data.reason=="")' | wc -l)" 0
claim "dead letters are counted" same "$dead" "$passed"
claim "a good record behind them is folded" same "$("$millrace" tail leads.harvested --data "$work/d" --type lead.snapshot --json | jq -r 'select(.root|startswith("crm.events"))' | jq -s 'length >= 1')" true
claim "folding everything again gives the same bytes" m verify --data "$work/d"
finish

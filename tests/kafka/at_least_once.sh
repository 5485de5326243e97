#!/usr/bin/env bash
# guarantee = at_least_once: positions follow what was written. While nothing dies every effect is there once; after a kill
# none is missing; and back under exactly_once, state that has no changelog is not believed.
source "$(dirname "$0")/harness.sh"

cluster=(--brokers "$BROKERS" --namespace "$(fresh often)")
m topology --create "${cluster[@]}" --data "$work/a" --partitions 2
share_key door
guarantee() { printf '[kafka]\nguarantee = "%s"\n' "$1" >"$work/a/millrace.toml"; }
start() { "$millrace" run "${cluster[@]}" --data "$work/a" --threads 1 --cache-mb 32 2>>"$work/a.log" & run=$!; }
end() { kill -s "$1" "$run"; wait "$run" 2>/dev/null; }
produce() {  # facts of leads $1 to $2
  for i in $(seq "$1" "$2"); do
    printf '{"specversion":"1.0","id":"e%s","source":"test","type":"lead.captured","tenant":"t%s","time":"2026-01-31T09:30:00Z","data":{"lead_source":"csv","email":"l%s@example.com"}}\n' "$i" $((i % 5)) "$i"
  done | m produce - "${cluster[@]}" --data "$work/door"
}
snapshots() { "$millrace" tail leads.harvested "${cluster[@]}" --type lead.snapshot --json | jq -r .data.lead_id; }
harvested() { [ "$(snapshots | sort -u | wc -l)" = "$1" ]; }
settled() {
  "$millrace" status "${cluster[@]}" --data "$work/door" --json >"$work/rows" 2>/dev/null &&
    [ "$(jq -s 'map(select(.lag > 0)) | length' "$work/rows")" = 0 ]
}

guarantee at_least_once
start
produce 1 400
claim "facts are folded" await 60 harvested 400
claim "through every stage" await 60 settled
claim "while nothing dies, each once" same "$(snapshots | wc -l)" 400
end TERM
claim "and folded again it is the same bytes" m verify "${cluster[@]}" --data "$work/a"

start
produce 401 1200
end KILL
start
claim "killed in the middle and started again, none is missing" await 60 harvested 1200
claim "and all stages end" await 60 settled
echo "       $(snapshots | wc -l) snapshots of 1200 leads"
end TERM

guarantee exactly_once
start
produce 1201 1400
claim "back under exactly_once it goes on" await 60 harvested 1400
claim "with state made anew, since its changelog had holes" eval 'grep "\"restore\".*member 0" "$work/a.log" | tail -n 1 | grep -qv " 0 records folded again"'
claim "and all stages end" await 60 settled
end TERM
claim "it met no fault that ends a process" bash -c "! grep '\"level\":\"error\"' '$work/a.log'"
keep_logs
finish

#!/usr/bin/env bash
# `run --metrics`: what Prometheus reads of a data folder is what `status` says.
source "$(dirname "$0")/harness.sh"
data=$work/d
for i in $(seq 1 200); do
  printf '{"specversion":"1.0","id":"e%s","source":"test","type":"lead.captured","tenant":"t%s","time":"2026-01-31T09:30:00Z","data":{"lead_source":"csv","email":"e%s@example.com","company":"Example %s"}}\n' "$i" $((i % 5)) "$i" "$i"
done >"$work/facts.ndjson"
echo '{"specversion":"1.0","id":"bad","source":"test","type":"no.such","tenant":"t1","time":"2026-01-31T09:30:00Z","data":{}}' >"$work/bad.ndjson"

for _ in 1 2; do m produce "$work/facts.ndjson" --data "$data"; done
m produce "$work/bad.ndjson" --dlq --data "$data"
"$millrace" run --data "$data" --metrics 0 2>"$work/log" &
run=$!
address() { jq -r 'select(.code == "metrics") | .detail' "$work/log"; }
claim "the log says where metrics are" await 20 sh -c "grep -q '\"code\":\"metrics\"' '$work/log'"
claim "on the loopback address" sh -c "[ '$(address | cut -d: -f2)' = //127.0.0.1 ]"
scrape() { curl -sS "$(address)" >"$work/scrape"; }
# The sum of a metric's lines that hold certain labels.
sum() { grep "^$1{" "$work/scrape" | grep "${2:-}" | awk '{s += $NF} END {printf "%d\n", s}'; }
of_status() { "$millrace" status --data "$data" --json | jq -s "[.[] | $1] | add"; }
drained() { scrape && [ "$(sum millrace_lag_records)" = 0 ] && [ "$(sum millrace_namespace_records_total 'result="dlq"')" = 1 ]; }
claim "the lag falls to nothing" await 60 drained
agree() {  # ticks go on meanwhile
  scrape
  [ "$(sum millrace_namespace_records_total 'stage="harvest".*result="ok"')" = "$(of_status 'select(.stage == "harvest") | .folded')" ] &&
    [ "$(sum millrace_log_end_offset 'stage="score"')" = "$(of_status 'select(.stage == "score") | .end')" ]
}
claim "what is folded and where the log ends is what status says" await 20 agree
claim "so are the duplicates" same "$(sum millrace_namespace_records_total 'stage="harvest".*result="duplicate"')" "$(of_status 'select(.stage == "harvest") | .duplicates')"
claim "  all 200 of them" same "$(sum millrace_namespace_records_total 'result="duplicate"')" 200
claim "every task is conserved" same "$(sum millrace_conserved)" "$(grep -c '^millrace_conserved{' "$work/scrape")"
claim "the last checkpoint is a matter of seconds" sh -c "awk '/^millrace_checkpoint_age_seconds/ {exit !(\$2 < 30)}' '$work/scrape'"
claim "the disk has a free share" grep -q '^millrace_disk_free_ratio 0\.' "$work/scrape"
claim "state has bytes, by stage" grep -q '^millrace_state_bytes{stage="harvest"} [1-9]' "$work/scrape"

# What comes while it runs is counted by type, result and reason.
first() { scrape && [ "$(sum millrace_records_total 'stage="harvest",type="lead.captured",result="ok"')" = 200 ]; }
claim "what was folded is counted by type once it is committed" await 30 first
sed 's/"id":"e/"id":"f/; s/"email":"e/"email":"f/' "$work/facts.ndjson" >"$work/more.ndjson"
sed 's/"bad"/"worse"/; s/"data":{}/"data":{"a":1}/' "$work/bad.ndjson" >"$work/worse.ndjson"
for _ in 1 2; do m produce "$work/more.ndjson" --data "$data"; done
m produce "$work/worse.ndjson" --dlq --data "$data"
typed() {
  scrape
  [ "$(sum millrace_records_total 'stage="harvest",type="lead.captured",result="ok"')" = 400 ] &&
    [ "$(sum millrace_records_total 'stage="harvest",type="lead.captured",result="duplicate"')" = 400 ] &&
    [ "$(sum millrace_records_total 'stage="score",type="lead.snapshot",result="ok"')" -ge 200 ] &&
    [ "$(sum millrace_records_total 'stage="harvest",type="other",result="dlq"')" = 2 ]
}
claim "records are counted by type and what became of them" await 30 typed
claim "dead letters by reason" eval '[ "$(sum millrace_dlq_total "stage=\"harvest\",reason=\"unknown_type\"")" -ge 1 ]'
records() { sum millrace_records_total "stage=\"$1\""; }
claim "a stage's steps are timed" eval '[ "$(sum millrace_step_seconds_count "stage=\"score\"")" -ge "$(records score)" ]'
claim "  all of them, up to the last bucket" same "$(sum millrace_step_seconds_bucket 'stage="score",le="+Inf"')" "$(sum millrace_step_seconds_count 'stage="score"')"
claim "  in less than a second each" same "$(sum millrace_step_seconds_bucket 'stage="score",le="1"')" "$(sum millrace_step_seconds_count 'stage="score"')"
claim "timers that are due are told, by stage" grep -q '^millrace_timers_due{stage="outreach"} [0-9]' "$work/scrape"
claim "each metric has a type and a help" same "$(grep -c '^# TYPE' "$work/scrape")" "$(grep -c '^# HELP' "$work/scrape")"
claim "no lead's address is among the labels" sh -c "! grep -q '@' '$work/scrape'"

"$millrace" run --data "$work/other" --metrics "$(address | sed 's|http://||; s|/metrics||')" 2>"$work/said"
claim "an address in use is refused" same "$?" 2
claim "with what to do" grep -q "in use.*--metrics" "$work/said"
"$millrace" run --data "$work/other" --metrics nowhere 2>"$work/said"
claim "so is one that is none" sh -c "grep -q 'bad_argument' '$work/said'"
kill -TERM "$run"
wait "$run"
claim "a scraped process stops clean" same "$?" 0

mkdir "$work/third"
echo 'metrics = "127.0.0.1:0"' >"$work/third/millrace.toml"
"$millrace" run --data "$work/third" 2>"$work/third.log" &
run=$!
claim "the setting does what the option does" await 20 sh -c "grep -q '\"code\":\"metrics\"' '$work/third.log'"
kill -TERM "$run"
wait "$run"
finish

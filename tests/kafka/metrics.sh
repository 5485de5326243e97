#!/usr/bin/env bash
# `run --metrics` on a cluster: what Prometheus reads is what `status` says, with the members' and the client's figures; and
# the dashboard of docker-compose.yml asks for nothing that is not served.
source "$(dirname "$0")/harness.sh"
here=$root/tests/kafka
cluster=(--brokers "$BROKERS" --namespace "$(fresh metrics)")
m topology --create "${cluster[@]}" --data "$work/a" --partitions 3
share_key door

run() { "$millrace" run "${cluster[@]}" --data "$work/a" --threads 1 --cache-mb 32 --metrics 0 2>"$work/a.log" & pid[a]=$!; }
address() { jq -r 'select(.code == "metrics") | .detail' "$work/a.log"; }
scrape() { curl -sS "$(address)" >"$work/scrape"; }
sum() { grep "^$1{" "$work/scrape" | grep "${2:-}" | awk '{s += $NF} END {printf "%d\n", s}'; }
of_status() { m status "${cluster[@]}" --data "$work/door" --json | jq -s "[.[] | $1] | add"; }
run
produce 1500
seen() { scrape && [ "$(sum millrace_namespace_records_total 'stage="harvest".*result="ok"')" -gt 1300 ] && [ "$(sum millrace_lag_records)" = 0 ]; }
claim "the lag falls to nothing, and what was folded is counted" await 60 seen
agree() { scrape && [ "$(sum millrace_namespace_records_total 'stage="score".*result="ok"')" = "$(of_status 'select(.stage == "score") | .folded')" ]; }
claim "what is folded is what status says" await 30 agree
claim "so are the duplicates" same "$(sum millrace_namespace_records_total 'stage="harvest".*result="duplicate"')" "$(of_status 'select(.stage == "harvest") | .duplicates')"
claim "and the dead letters" same "$(sum millrace_namespace_records_total 'result="dlq"')" "$(of_status .dead_letters)"
claim "a member says how many tasks stand" same "$(sum millrace_member_tasks 'member="0"')" "$(of_status 'select(.stage != "control") | 1')"
claim "and how often it committed" eval '[ "$(sum millrace_member_commit_seconds_count "member=\"0\"")" -gt 2 ]'
claim "and folded: as much as the group, from the beginning" eval '[ "$(sum millrace_member_folded_records_total)" -ge "$(sum millrace_namespace_records_total "result=\"ok\"")" ]'
received() { scrape && [ "$(sum millrace_kafka_received_messages_total 'client="consumer".*member="0"\|member="0".*client="consumer"')" -ge 1500 ] && [ "$(sum millrace_kafka_sent_messages_total)" -gt 1500 ]; }
claim "the client says what it received and sent" await 20 received
claim "it is connected" eval '[ "$(sum millrace_kafka_brokers_up)" -ge 4 ]'
claim "no tenant, address or key is among the labels" sh -c "! grep -q '@\|t1[0-9]\"' '$work/scrape'"
# What this instance folded, all of it alone, is counted by type and reason too.
own() { scrape && [ "$(sum millrace_records_total "$1")" = "$(sum millrace_namespace_records_total "$1")" ]; }
# (Stage control's first records were folded when the namespace was made.)
claim "each record that was committed is counted once by its type" await 30 own 'stage="[^c].*result="ok"'
claim "so are the duplicates" own 'result="duplicate"'
claim "dead letters have their reasons" same "$(sum millrace_dlq_total)" "$(of_status .dead_letters)"
claim "steps are timed, by stage" eval '[ "$(sum millrace_step_seconds_count "stage=\"harvest\"")" -ge "$(sum millrace_records_total "stage=\"harvest\"")" ]'
cp "$work/scrape" "$work/scrape.cluster"

# Killed and started again, its figures begin anew and the namespace's do not.
before=$(sum millrace_namespace_records_total 'stage="harvest".*result="ok"')
end KILL a
produce 300
run
again() { scrape && [ "$(sum millrace_namespace_records_total 'stage="harvest".*result="ok"')" -gt $((before + 250)) ] && [ "$(sum millrace_lag_records)" = 0 ]; }
claim "after kill -9 the namespace's counts go on" await 60 again
claim "the member's begin anew" same "$(sum millrace_member_lives_total 'member="0"')" 1
end TERM a

"$millrace" run --data "$work/folder" --metrics 0 2>"$work/a.log" & pid[a]=$!
claim "a data folder serves too" await 60 scrape
claim "the dashboard asks for nothing that neither serves" "$here/check_dashboard.py" "$work/scrape" "$work/scrape.cluster"
end TERM a
finish

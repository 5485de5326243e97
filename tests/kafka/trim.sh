#!/usr/bin/env bash
# A log on a cluster that Millrace trims: what is older than log.keep goes, down to checkpoints and open dead letters; what was
# dropped is still known as seen, a lost disk is restored all the same, and who would have to fold what is gone is refused.
source "$(dirname "$0")/harness.sh"
here=$root/tests/kafka
cluster=(--brokers "$BROKERS" --namespace "$(fresh trim)")
m topology --create "${cluster[@]}" --data "$work/a" --partitions 3
share_key b door
for name in a b; do printf '[log]\nkeep = "2s"\n' >"$work/$name/millrace.toml"; done
status() { m status "${cluster[@]}" --data "$work/door" --json; }
sum() { status | jq -s "[.[] | select($1) | .$2] | add"; }
trimmed() { [ "$(sum 'true' start)" -ge $(($(sum 'true' end) * 9 / 10)) ]; }
# The first offset that a topic still has, over its partitions, by a client of its own.
starts() { kcat -Q -b "$BROKERS" $(for p in 0 1 2; do echo "-t ${cluster[3]}.$1:$p:-2"; done) | awk '{s += $NF} END {print s}'; }

# Facts that no stage refuses: an open dead letter would hold the log.
good() {
  part=$((part + 1))
  python3 "$here/make_events.py" "$1" "$part" | sed "s/\"id\":\"e/\"id\":\"p$part-e/" | grep -v '"nobody"' >"$work/part"
  until m produce "$work/part" "${cluster[@]}" --data "$work/door"; do :; done
}

start a
good 900
claim "all is folded" await 60 settled
claim "inboxes older than log.keep are dropped down to their checkpoints" await 40 trimmed
claim "so are topics that nobody folds" await 20 eval '[ "$(starts outreach.commands)" -gt 0 ] || [ "$(starts attribution.credits)" -gt 0 ]'
duplicates=$(sum 'true' duplicates)
until m produce "$work/part" "${cluster[@]}" --data "$work/door"; do :; done
again() { [ "$(sum 'true' duplicates)" = $((duplicates + $(wc -l <"$work/part"))) ]; }
claim "facts whose originals are gone are known as duplicates" await 60 again

echo '{"specversion":"1.0","id":"bad1","source":"test","type":"lead.captured","tenant":"lone","time":"2026-01-31T09:30:00Z","data":{"lead_source":"nobody","email":"x@example.com"}}' >"$work/bad"
until m produce "$work/bad" --dlq "${cluster[@]}" --data "$work/door"; do :; done
letter() { m dlq ls "${cluster[@]}" --data "$work/door" | jq -c 'select(.tenant == "lone")' | grep .; }
claim "a bad fact is a dead letter" await 30 letter
original=$(m tail crm.events "${cluster[@]}" --json | jq -r 'select(.tenant == "lone") | .at')
partition=$(cut -d/ -f2 <<<"$original") offset=$(cut -d/ -f3 <<<"$original")
# One who follows a topic, and sleeps while it is trimmed.
"$millrace" tail leads.scored "${cluster[@]}" --json --follow >"$work/followed" 2>"$work/followed.log" & pid[follower]=$!
newest() { m tail leads.scored "${cluster[@]}" --json --type lead.scored | tail -1 | jq -r .at; }
read_all() { local last; last=$(newest) && [ -n "$last" ] && grep -qF "\"$last\"" "$work/followed"; }
good 30
claim "a follower reads what comes" await 30 read_all
kill -STOP "${pid[follower]}"
good 900
trimmed_but_one() { [ "$(sum ".stage == \"harvest\" and .partition != $partition" start)" -ge $(($(sum ".stage == \"harvest\" and .partition != $partition" end) * 9 / 10)) ]; }
claim "the log goes on to be dropped" await 60 eval 'settled && trimmed_but_one'
kill -CONT "${pid[follower]}"
claim "the follower goes on with what is left" await 30 eval 'good 30 && read_all'
claim "  and has told how many records it missed" await 20 grep -q "^leads.scored/[0-9]: [1-9][0-9]* records (offsets [0-9]* to [0-9]*) were dropped by retention" "$work/followed.log"
end INT follower
claim "but where a dead letter is open" same "$(sum ".stage == \"harvest\" and .partition == $partition" start)" "$offset"

end KILL a
rm -rf "$work/a/state"/*
before=$(lines a)
good 200
start a
claim "killed, and its disk lost, it works again from the changelogs" await 60 said a "$before" restore "tasks from [1-9][0-9]* rows"
claim "and goes on" await 60 settled
start b
claim "another instance takes its share of what it never saw" await 40 said b 0 restore "member 0"
good 200
claim "together they go on" await 60 settled
claim "neither met a fault that ends a process" bash -c "! grep -h '\"level\":\"error\"' '$work'/[ab].log"
end TERM a
end TERM b
claim "C1 holds on what is left" m verify "${cluster[@]}" --data "$work/door"

# Another hand deletes what nobody has folded.
good 300
for p in 0 1 2; do "$foreign" trim "$BROKERS" "${cluster[3]}.crm.events" "$p" "$(kcat -Q -b "$BROKERS" -t "${cluster[3]}.crm.events:$p:-1" | awk '{print $NF}')"; done
start a
wait "${pid[a]}"
claim "a log that begins after what was folded is refused" same "$?" 2
claim "with what to do" grep -q "out_of_range.*millrace topology --create --namespace" "$work/a.log"
keep_logs
finish

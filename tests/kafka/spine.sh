#!/usr/bin/env bash
# The whole spine on a real broker: repeats, foreign clients, kill -9, another instance, dead letters; then everything that is
# committed is read: one effect a fact, no output id twice, nothing open, and folded again it is the same bytes.
source "$(dirname "$0")/harness.sh"

ns=$(fresh spine)
at=(--brokers "$BROKERS" --namespace "$ns")
on() { m "$@" "${at[@]}"; }
start() { "$millrace" run "${at[@]}" --data "$work/$1" --threads "${2:-1}" 2>>"$work/$1.log" & }
fact() { echo '{"specversion":"1.0","id":"'"$1"'","source":"crm","type":"lead.captured","tenant":"'"$2"'","time":"2026-01-31T09:30:00Z","data":{"lead_source":"csv","email":"'"$1"'@example.com","company":"Example '"$1"'"}}'; }
facts() { local i; for i in $(seq "$1" "$2"); do fact "$3$i" "t$((i % 5))"; done; }
decided() { on tail routing.decisions --type route.decided --json | jq -r .data.lead_id | sort -u | wc -l; }
has_decided() { [ "$(decided)" -ge "$1" ]; }
drained() { on status --data "$work/one" --json | jq -es 'map(select(.stage)) | all(.lag == 0)'; }

on topology --create --data "$work/one" --partitions 3
claim "a namespace is made" same "$?" 0
on topology --create --data "$work/one"
claim "making it again does nothing" same "$?" 0
on topology --create --data "$work/other"
claim "another folder cannot make it again" grep -q "keys/master" "$work/said"
on run --data "$work/stranger"
claim "an instance without the master key is told what to do" grep -q "keys/master is missing" "$work/said"

facts 1 300 a >"$work/facts.ndjson"
on produce "$work/facts.ndjson" --data "$work/one"
claim "facts are taken before anything runs" grep -q "300 accepted, 0 refused" "$work/said"
start one 2
one=$!
claim "each of 300 leads is decided" await 60 has_decided 300
on produce "$work/facts.ndjson" --data "$work/one"
claim "the same facts again are taken by the running process" grep -q "300 accepted" "$work/said"

facts 1 3 binary | "$foreign" produce "$BROKERS" "$ns.crm.events" binary
facts 4 6 structured | "$foreign" produce "$BROKERS" "$ns.crm.events" structured
facts 7 7 kcat | kcat -P -b "$BROKERS" -t "$ns.crm.events" -k t2 -H content-type=application/cloudevents+json
echo '{"specversion":"1.0","id":"bad"' | kcat -P -b "$BROKERS" -t "$ns.crm.events" -k t1
claim "facts of a Java client and of kcat, in both modes, are decided" await 60 has_decided 307
claim "a broken record is a dead letter" await 60 sh -c "'$millrace' dlq ls --brokers '$BROKERS' --namespace '$ns' | grep -q bad_json"

# Killed while it works; then another instance joins, and the first comes back.
facts 308 900 b >"$work/more.ndjson"
on produce "$work/more.ndjson" --data "$work/one"
kill -9 "$one"
wait "$one" 2>/dev/null
mkdir -p "$work/two/keys" && cp "$work/one/keys/master" "$work/two/keys/master"
start two
two=$!
claim "another instance takes over what a killed one left" await 90 has_decided 900
start one 2
one=$!
facts 901 1200 c >"$work/last.ndjson"
on produce "$work/last.ndjson" --data "$work/two"
claim "together they go on" await 90 has_decided 1200
claim "all inboxes are drained" await 60 drained
claim "the duplicates are counted" same "$(on status --data "$work/one" --json | jq -s 'map(select(.stage == "harvest") | .duplicates) | add')" 300

kill -INT "$one" "$two"
wait "$one" "$two"
claim "both stop clean" same "$(tail -qn1 "$work/one.log" "$work/two.log" | jq -r .event | xargs)" "stop stop"
for topic in $(topics); do on tail "$topic" --json; done >"$work/all.ndjson"
jq -r 'select(.source // "" | startswith("millrace/")) | .id // empty' "$work/all.ndjson" | grep -v '^tick:' | sort >"$work/ids"
claim "of more than 5000 output ids none occurs twice" sh -c "[ $(wc -l <"$work/ids") -gt 5000 ] && [ -z '$(uniq -d "$work/ids")' ]"
claim "each lead was harvested as one" same "$(on tail leads.harvested --type lead.snapshot --json | jq -r '.data.lead_id' | sort -u | wc -l)" 1200
claim "kcat reads the decisions" same \
  "$(kcat -C -q -e -X isolation.level=read_committed -b "$BROKERS" -t "$ns.routing.decisions" | jq -r 'select(.type == "route.decided") | .data.lead_id' | sort -u | wc -l)" 1200
claim "C1: folded again from the log it is the same bytes, and every record is accounted for" m verify --data "$work/one" "${at[@]}"
finish

#!/usr/bin/env bash
# What reaches a folder while others have it, and in which forms: run --once takes requests, two first commands at once make
# one namespace, a creation that was killed leaves none in half, letters are retried behind the policy that mends them,
# verify works beside a run; events come as lines, arrays and over several lines; what is too large costs no memory.
source "$(dirname "$0")/harness.sh"
says() { grep -q -- "$1" "$work/said"; }
fact() {
  printf '{"specversion":"1.0","id":"%s","source":"test","type":"lead.captured","tenant":"%s","time":"2026-01-31T09:30:00Z","data":{"lead_source":"csv","email":"%s@example.com"}}\n' "$1" "${2:-acme}" "$1"
}

# --- run --once has a door
for i in $(seq 1 6000); do fact "b$i"; done >"$work/backlog.ndjson"
m produce "$work/backlog.ndjson" --data "$work/d"
"$millrace" run --data "$work/d" --once --threads 1 2>"$work/once.log" &
run=$!
await 20 grep -q '"event":"ready"' "$work/once.log"
fact meanwhile | m produce - --data "$work/d"
claim "produce is taken while run --once folds" same "$?" 0
m status --data "$work/d" >/dev/null
claim "status too" same "$?" 0
wait "$run"
claim "run --once ends" same "$?" 0
m run --data "$work/d" --once
claim "what came meanwhile is folded" same "$("$millrace" tail leads.harvested --data "$work/d" --type lead.snapshot --json | wc -l)" 6001
claim "every record is accounted for" "$millrace" status --data "$work/d"

# --- verify beside a run
"$millrace" run --data "$work/d" 2>"$work/run.log" &
run=$!
await 20 grep -q '"event":"ready"' "$work/run.log"
m verify --data "$work/d" >"$work/proof"
claim "verify works beside a run" same "$?" 0
claim "and proves" grep -q "^proven" "$work/proof"
claim "and says what it could not look at" says "a process has the folder"
fact after | m produce - --data "$work/d"
claim "the run was not disturbed" same "$?" 0
kill -TERM "$run"
wait "$run"
claim "and stops clean" same "$?" 0
claim "nothing of it is left in the folder" same "$(ls -d "$work"/d/scratch* 2>/dev/null | wc -l)" 0

# --- making a folder
for i in 1 2 3 4; do
  (fact "first$i" | "$millrace" produce - --data "$work/together" 2>"$work/together.$i"; echo $? >"$work/together.code.$i") &
done
wait
claim "four first commands at once all end well" same "$(cat "$work"/together.code.* | sort -u)" 0
m run --data "$work/together" --once
claim "in one namespace" same "$("$millrace" tail control --data "$work/together" --type control.namespace_created --json | wc -l)" 1
claim "with all they brought" same "$("$millrace" tail leads.harvested --data "$work/together" --type lead.snapshot --json | wc -l)" 4
killed=0
for ms in $(seq 2 4 90); do
  { timeout -s KILL "0.$(printf '%03d' "$ms")" "$millrace" produce /dev/null --data "$work/cut" && break; } 2>/dev/null
  killed=$((killed + 1))
  [ -e "$work/cut/log/namespace" ] && [ "$("$millrace" tail control --data "$work/cut" --type control.policy_changed --json | wc -l)" != 1 ] && half=yes
done
claim "a creation killed at $killed moments leaves no namespace in half" same "${half:-no}" no
fact made | m produce - --data "$work/cut"
claim "and is begun anew" same "$?" 0
m run --data "$work/cut" --once
claim "and whole" same "$("$millrace" tail control --data "$work/cut" --json | jq -r .type | head -4 | tr '\n' ' ')" \
  "control.namespace_created control.operator_key control.tick control.policy_changed "
rm -rf "$work/cut/log"
m produce /dev/null --data "$work/cut"
claim "keys without a log are not written over" same "$?" 2
claim "and it is said what to do" says "put the folder .log. back"

# --- a letter behind the policy that mends it
printf '[harvest]\ntenants = ["acme"]\n' >"$work/narrow.toml"
printf '[harvest]\ntenants = ["acme", "beta"]\n' >"$work/wide.toml"
m run --data "$work/p" --once --policy "$work/narrow.toml"
fact late beta | m produce - --data "$work/p" --dlq
m run --data "$work/p" --once
"$millrace" dlq ls --data "$work/p" >"$work/letters" 2>/dev/null
claim "dlq ls gives JSON in a pipe" same "$(jq -r .reason "$work/letters")" unknown_tenant
claim "a letter names the record" same "$(jq -r '.record_id|length' "$work/letters")" 32
claim "and its type" same "$(jq -r .type "$work/letters")" lead.captured
m policy apply "$work/wide.toml" --data "$work/p" >/dev/null
m dlq retry crm.events.dlq "$(jq -r .partition "$work/letters")" "$(jq -r .offset "$work/letters")" --data "$work/p" >/dev/null
claim "a retry right after policy apply" same "$?" 0
m run --data "$work/p" --once
claim "is folded under that policy" same "$("$millrace" tail leads.harvested --data "$work/p" --type lead.snapshot --json | wc -l)" 1
claim "and is no second letter" same "$("$millrace" dlq ls --data "$work/p" | wc -l)" 1

# --- bad records lie sealed
{ fact x | sed 's/"tenant":"acme",//; s/x@/private.person@/'; echo '{"broken": "private.person@example.com"'; } >"$work/bad.ndjson"
m produce "$work/bad.ndjson" --data "$work/s" --dlq
m run --data "$work/s" --once
claim "bad records are dead letters with their reasons" same "$("$millrace" dlq ls --data "$work/s" | jq -r .reason | sort | tr '\n' ' ')" "bad_json missing_tenant "
claim "and lie nowhere in clear" same "$(grep -rac private.person "$work/s" | grep -vc ':0$')" 0
m dlq show crm.events.dlq "$("$millrace" dlq ls --data "$work/s" | jq -r 'select(.reason=="bad_json").partition')" \
  "$("$millrace" dlq ls --data "$work/s" | jq -r 'select(.reason=="bad_json").offset')" --data "$work/s" >"$work/shown"
claim "dlq show opens the original" grep -q 'private.person' "$work/shown"
echo '{"id":"sealed1","source":"test","type":"engagement.opened","tenant":"acme","time":"2026-01-31T09:30:00Z","data":{"email":"private.person@example.com","message_id":"msg_1","user_agent":"private.person browser"}}' >"$work/unknown.ndjson"
printf '[harvest]\ntenants = ["beta"]\n' >"$work/beta.toml"
m policy apply "$work/beta.toml" --data "$work/s" >/dev/null
m run --data "$work/s" --once
m produce "$work/unknown.ndjson" --data "$work/s"
m run --data "$work/s" --once
read -r partition offset < <("$millrace" dlq ls --data "$work/s" | jq -r 'select(.reason=="unknown_tenant")|"\(.partition) \(.offset)"')
m dlq show crm.events.dlq "$partition" "$offset" --data "$work/s" >"$work/shown"
claim "dlq show opens the personal fields of a good fact too" grep -q '"email":"private.person@example.com"' "$work/shown"
claim "and the letter's own copy is not printed sealed" grep -q 'body  *(sealed)' "$work/shown"
mv "$work/s/keys" "$work/s/keys.away"
m dlq show crm.events.dlq "$partition" "$offset" --data "$work/s" >"$work/shown"
claim "without keys it says that it is sealed, and why it stays so" grep -q 'is sealed, and does not open here: .*keys' "$work/shown"
mv "$work/s/keys.away" "$work/s/keys"
claim "folding everything again gives the same bytes" m verify --data "$work/s"

# --- the forms of input
{ printf '\xef\xbb\xbf'; fact bom; } | m produce - --data "$work/f"
claim "a byte order mark is passed over" same "$?" 0
{ echo '['; fact a1; echo ','; fact a2; echo ']'; } | m produce - --data "$work/f"
claim "an array of events is taken" same "$?" 0
fact pretty | jq . | m produce - --data "$work/f"
claim "an event over several lines is taken" same "$?" 0
printf '\xef\xbb\xbfemail,company,name\nann@example.com,Example,Ann\n' >"$work/bom.csv"
m import --data "$work/f" --tenant acme "$work/bom.csv"
claim "a CSV with a byte order mark is taken" same "$?" 0
m run --data "$work/f" --once
claim "and all of it is folded" same "$("$millrace" tail leads.harvested --data "$work/f" --type lead.snapshot --json | wc -l)" 5
fact wide | iconv -t UTF-16 | m produce - --data "$work/f"
claim "UTF-16 is refused by its name" says "UTF-16"
{ fact one; head -c 300000000 /dev/zero | tr '\0' x; echo; fact two; } | (ulimit -v 2000000; /usr/bin/env python3 -c '
import resource, subprocess, sys
done = subprocess.run(sys.argv[1:], stdin=sys.stdin)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024, done.returncode)' "$millrace" produce - --data "$work/f" 2>"$work/said") >"$work/large"
read -r megabytes code <"$work/large"
claim "a line of 300 MB is refused" same "$code" 1
claim "by its number" says "line 2: refused: record_too_large"
claim "in $megabytes MB of memory" test "$megabytes" -lt 200
claim "and its neighbours are taken" says "2 accepted, 1 refused"

# --- mistakes
m tail crm.events --data "$work/f" --from 999999999
claim "an offset past every end is a mistake" same "$?" 2
claim "and the end is named" says "no partition of it goes past offset"
if [ "$(id -u)" = 0 ]; then
  chmod 755 "$work" "$work/f"
  su -s /bin/bash nobody -c "'$millrace' state ls score lead --data '$work/f'" >"$work/said" 2>&1
else
  chmod 555 "$work/f/log"
  chmod 444 "$work/f/log/lock"
  m state ls score lead --data "$work/f"
fi
claim "state of a folder that may not be written is no empty state" same "$?" 2
claim "and the reason is said" says "Permission denied\|Read-only"
[ "$(id -u)" = 0 ] || chmod 755 "$work/f/log"
finish

#!/usr/bin/env bash
# What a hurried operator types: mistakes are named and change nothing, and what could not be done never exits 0.
source "$(dirname "$0")/harness.sh"
says() { grep -q -- "$1" "$work/said"; }

m produce /dev/null --data "$work/d"
claim "an empty file is no mistake" same "$?" 0
m produce "$work" --data "$work/d"
claim "a folder is not an empty file of facts" same "$?" 2
m policy check "$work"
claim "a folder is not an empty, good policy" same "$?" 2
m policy apply "$work" --data "$work/d"
claim "and does not become the live policy" same "$?" 2

m arm telepathy --tenant acme --reason test --data "$work/d" >/dev/null
claim "a connector that does not exist is not said to be armed" same "$?" 2
m arm email --tenant 'Bad Tenant!' --reason test --data "$work/d" >/dev/null
claim "nor one of a name that no tenant can have" same "$?" 2
claim "neither left a record" same "$("$millrace" tail crm.events --data "$work/d" --type operator.connector_armed --json | wc -l)" 0

m run --data "$work/arms" --once
m arm email --tenant acme --reason test --data "$work/arms" >/dev/null
claim "nothing is armed before a verify" same "$?" 2
claim "and what to do is said" says "run .millrace verify --data $work/arms."
"$millrace" verify --data "$work/arms" >/dev/null 2>&1 && m arm email --tenant acme --reason test --data "$work/arms" >/dev/null
claim "after a good one it is" same "$("$millrace" tail crm.events --data "$work/arms" --type operator.connector_armed --json | wc -l)" 1
echo '{"at_ms":1000,"problems":0}' >"$work/arms/verified"
m arm email --tenant acme --reason test --data "$work/arms" >/dev/null
claim "but not after one that is too old" says "verify_age_ms"
m arm email --tenant acme --reason test --off --data "$work/arms" >/dev/null
claim "disarming asks for none" same "$?" 0
"$millrace" run --data "$work/arms" 2>"$work/run.log" &
run=$!
armed_rows() { "$millrace" status --data "$work/arms" --json | jq -c 'select(.armed) | [.armed, .tenant, .until_ms > now * 1000]'; }
claim "a run comes up" await 20 grep -q '"event":"ready"' "$work/run.log"
claim "status says that nothing is armed" await 20 sh -c "'$millrace' status --data '$work/arms' | grep -q '^nothing is armed'"
claim "and for programs no arming" same "$(armed_rows)" ""
"$millrace" verify --data "$work/arms" >/dev/null 2>&1
m arm email --tenant acme --reason test --data "$work/arms" >/dev/null
claim "status says what is armed, and until when, in words" await 20 sh -c "'$millrace' status --data '$work/arms' | grep -q '^armed: email of acme acts for real until 20'"
claim "and for programs, in a row of its own" same "$(armed_rows)" '["email","acme",true]'
kill -TERM "$run"
wait "$run"
claim "when no process runs nothing acts, and no row says so" same "$(armed_rows)" ""

m run --data "$work/d" --once --partitions 4
claim "another number of partitions is refused, not passed over" same "$?" 2
claim "and the fixed one is named" says "8 partitions"
m run --data "$work/d" --once --history
claim "another clock is refused, not passed over" same "$?" 2
m run --data "$work/d" --once --partitions 8
claim "the number that it has is no mistake" same "$?" 0

if [ "$(id -u)" = 0 ]; then
  chmod 755 "$work" && chmod 700 "$work/d"
  su -s /bin/bash nobody -c "'$millrace' tail crm.events --data '$work/d'" >"$work/said" 2>&1
else
  chmod 000 "$work/d/log"
  m tail crm.events --data "$work/d"
fi
claim "a folder of somebody else is refused, and nothing crashes" same "$?" 2
claim "and is not said to be empty" says "Permission denied"
[ "$(id -u)" = 0 ] || chmod 755 "$work/d/log"

m tail crm.events --data "$work/d" --json >/dev/full
claim "an output that could not be written is a failure" same "$?" 2
"$millrace" tail crm.events --data "$work/d" --json | head -n 1 | grep -q '"at":'
claim "a reader that has seen enough ends a tail" same "${PIPESTATUS[2]}" 0
m simulate --brokers 127.0.0.1:1 --data "$work/simulated"
claim "a simulation on a cluster is refused" same "$?" 2
claim "and says where one lives" says "log of a data folder"
claim "and makes nothing" test ! -e "$work/simulated"
printf '[score.tier]\nhott = 9000\n' >"$work/bad.toml"
m policy check "$work/bad.toml"
claim "a policy key that is none" same "$?" 1
claim "is told with the one that was meant" says "did you mean score.tier.hot"
claim "and where all of them stand" says "policy show --defaults"
m policy apply "$work/bad.toml" --data "$work/d"
claim "a broken policy is not applied" says "nothing was applied"

m tail crm.events --type lead.cptured --where nosuch=1 --data "$work/d" >"$work/shown"
claim "a filter that lets nothing through is told" says "none of [0-9]* records matches; none that was of the type has data.nosuch"
claim "beside an empty output" test ! -s "$work/shown"
m dlq ls nope --data "$work/d"
claim "a topic of dead letters that is none" same "$?" 2
m dlq show crm.events.dlq first 0 --data "$work/d" >"$work/said" 2>&1
claim "a partition that is no number is told as that" says "a whole number is asked for, not first"

m nonsense --data "$work/d"
claim "an unknown command" same "$?" 2
claim "is named" says "no command nonsense"

printf 'email,company,name\nann@example.com,Example,Ann\n' >"$work/leads.csv"
m import --data "$work/d" --tenant 'Bad Tenant!' "$work/leads.csv"
claim "an import of which nothing was taken is a failure" same "$?" 1
m import --data "$work/d" --tenant acme "$work/leads.csv"
claim "and does not bar the same file, told right" same "$?" 0
m import --data "$work/d" --tenant acme "$work/leads.csv"
claim "which is taken once" same "$?" 2

cat >"$work/refused.ndjson" <<'FACTS'
{"id":"e1","source":"web","type":"lead.captured","tenant":"acme","time":"2026-01-31T09:30:00Z","data":{}}
{"id":"e2","source":"web","type":"lead.cptured","tenant":"Big Co","time":"2026-01-31","data":{"lead_source":"csv","email":"private@example.com"}}
FACTS
m produce "$work/refused.ndjson" --data "$work/d"
claim "refusals are told in words" says "^line 1: refused: missing_data: data is missing or empty"
claim "with what else is wrong" says "also missing_field:lead_source"
claim "of each line" says "^line 2: refused: bad_tenant: .*also bad_time, unknown_type"
claim "but nothing personal" test -z "$(grep private "$work/said")"
claim "and counted by reason" says "0 accepted, 2 refused (1 bad_tenant, 1 missing_data)"
printf 'email,company,name\nann@example.com,"Example",Ann,more\n,Example,Bob\n' >"$work/rows.csv"
m import --data "$work/rows" --tenant acme "$work/rows.csv"
claim "rows that are not imported are told in words" says "rows.csv row 2: not imported: csv_bad_row: it has more or fewer cells"
claim "each by its number" says "rows.csv row 3: not imported: no_identifier: "
iconv -t UTF-16 "$work/leads.csv" >"$work/utf16.csv"
m import --data "$work/rows" --tenant acme "$work/utf16.csv"
claim "a file in UTF-16 is named as that" says "is UTF-16"
tr , ';' <"$work/leads.csv" >"$work/semicolons.csv"
m import --data "$work/rows" --tenant acme "$work/semicolons.csv"
claim "so is one with semicolons" says "semicolons"
m import --data "$work/rows" "$work/none.toml=$work/leads.csv"
claim "and a mapping that is not there" says "cannot read the mapping $work/none.toml"
cat >"$work/map.toml" <<'MAP'
type = "lead.captured"
tenant = "acme"
source = "map"
id = "{email}"
time = "2026-01-31"
[data]
lead_source = "csv"
email = "{email}"
consent = "{company}"
MAP
m import --data "$work/rows" "$work/map.toml=$work/leads.csv"
claim "a fact of a row that the door refuses is told by its row" says "leads.csv row 2: refused: bad_field:consent: data.consent of a lead.captured is UNKNOWN"

"$millrace" produce --help | sed -n '/^  {/,/}$/p' | tr -d '\n' >"$work/example.ndjson"
m produce "$work/example.ndjson" --data "$work/d"
claim "the fact that --help shows is taken" same "$?" 0
m run --data "$work/d" --once
claim "and folded, not refused" same "$("$millrace" dlq ls --data "$work/d" | wc -l)" 0
finish

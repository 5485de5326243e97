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
claim "and what to do is said" says "run .millrace verify."
"$millrace" verify --data "$work/arms" >/dev/null 2>&1 && m arm email --tenant acme --reason test --data "$work/arms" >/dev/null
claim "after a good one it is" same "$("$millrace" tail crm.events --data "$work/arms" --type operator.connector_armed --json | wc -l)" 1
echo '{"at_ms":1000,"problems":0}' >"$work/arms/verified"
m arm email --tenant acme --reason test --data "$work/arms" >/dev/null
claim "but not after one that is too old" says "verify_age_ms"
m arm email --tenant acme --reason test --off --data "$work/arms" >/dev/null
claim "disarming asks for none" same "$?" 0

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

"$millrace" produce --help | sed -n '/^  {/,/}$/p' | tr -d '\n' >"$work/example.ndjson"
m produce "$work/example.ndjson" --data "$work/d"
claim "the fact that --help shows is taken" same "$?" 0
m run --data "$work/d" --once
claim "and folded, not refused" same "$("$millrace" dlq ls --data "$work/d" | wc -l)" 0
finish

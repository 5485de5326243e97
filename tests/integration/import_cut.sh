#!/usr/bin/env bash
# An import that kill -9 cuts goes on where it was: no lead missing, none twice. It goes on with the reading it began with,
# and a note of its place that is damaged loses nothing. KILLS sets how often it is cut.
source "$(dirname "$0")/harness.sh"
kills=${KILLS:-6}
rows=${ROWS:-9000}
decided() { "$millrace" tail routing.decisions --data "$1" --type route.decided --json | jq -r .data.lead_id | sort -u | wc -l; }
says() { grep -q -- "$1" "$work/said"; }

{
  echo "id,created,email,first_name,company,role,size,industry,revenue,origin"
  for i in $(seq 1 "$rows"); do echo "l$i,2026-01-$((i % 18 + 10)) 10:00:00,lead$i@company$((i % 97)).example,Name$i,Company,CTO,small,retail,1000.00,email"; done
} >"$work/leads.csv"

cut=0
for _ in $(seq 1 "$kills"); do
  kill_behind_note "$work/d" import --key-seed k --data "$work/d" --history "$here/leads.toml=$work/leads.csv" || break
  cut=$((cut + 1))
done
claim "the import was cut" test "$cut" -gt 0
m import --key-seed k --data "$work/d" --history "$here/leads.toml=$work/leads.csv"
claim "after $cut kills it is taken to its end" same "$?" 0
m import --key-seed k --data "$work/d" --history "$here/leads.toml=$work/leads.csv"
claim "and then no second time" same "$?" 2
m run --key-seed k --data "$work/d" --once
claim "every row is a lead" same "$("$millrace" tail leads.harvested --data "$work/d" --type lead.snapshot --json | jq -r .data.lead_id | sort -u | wc -l)" "$rows"
claim "and decided" same "$(decided "$work/d")" "$rows"
claim "no lead has two first decisions" same "$("$millrace" tail crm.events --data "$work/d" --type lead.captured --json | jq -r .id | sort | uniq -d | wc -l)" \
  "$("$millrace" status --data "$work/d" --json | jq -s '[.[]|select(.stage=="harvest")|.duplicates]|add')"
claim "every record is accounted for" "$millrace" status --data "$work/d"
claim "folding everything again gives the same bytes" m verify --key-seed k --data "$work/d"

# A cut import as its place stands on the disk.
m import --key-seed k --data "$work/e" --history "$here/leads.toml=$work/leads.csv"
note=$(ls "$work"/e/imports/*)
reading=$(cut -d' ' -f2 "$note")
at() { printf '%s %s %s\n' "$1" "$reading" "$(printf '%s %s' "$1" "$reading" | sha256sum | cut -c1-8)" >"$note"; }
at 4000
sed 's/^role = .*/role = "{industry}"/' "$here/leads.toml" >"$work/other.toml"
m import --key-seed k --data "$work/e" --history "$work/other.toml=$work/leads.csv"
claim "it does not go on with another mapping" same "$?" 2
claim "and says what to do" says "Go on with the command that was cut"
printf '9000 %s 00000000\n' "$reading" >"$note"
m import --key-seed k --data "$work/e" --history "$here/leads.toml=$work/leads.csv"
claim "a damaged note is not believed" same "$?" 0
claim "and that is said" says "is damaged: all rows are taken again"
m run --key-seed k --data "$work/e" --once
claim "rows taken twice take effect once" same "$(decided "$work/e")" "$rows"
finish

#!/usr/bin/env bash
# A history that was folded under two environments: `verify` names both by what they differ in, and says what to do.
source "$(dirname "$0")/harness.sh"
data=$work/d
fact() {
  printf '{"specversion":"1.0","id":"%s","source":"test","type":"lead.captured","tenant":"acme","time":"2026-01-31T09:30:00Z","data":{"lead_source":"csv","email":"%s@trash.example"}}\n' "$1" "$1"
}
list() { mkdir -p "$data/lists" && echo "$1" >"$data/lists/disposable.conf"; }
sha() { sha256sum "$data/lists/disposable.conf" | cut -d ' ' -f 1; }
proof() { "$millrace" verify --data "$data" >"$work/proof" 2>"$work/said"; }
says() { grep -q -- "$1" "$work/proof"; }

list trash.example
first=$(sha)
fact one | m produce - --data "$data"
m run --data "$data" --once
printf '[score]\ndisposable_file = "disposable.conf"\n' >"$work/policy.toml"
m policy apply "$work/policy.toml" --data "$data"
m run --data "$data" --once
claim "a history of one environment is proven" proof
claim "and nothing is said of environments" test -z "$(grep 'folded under' "$work/proof")"

list another.example
second=$(sha)
proof
claim "folded again with another list it is another one" same "$?" 1
claim "both are named" says "folded under [0-9a-f]* {list disposable.conf $first}, and again, by this command, under [0-9a-f]* {list disposable.conf $second}"
claim "with what to do" says "Put back what was changed"
list trash.example
claim "which makes it proven again" proof

list another.example
fact two | m produce - --data "$data"
m run --data "$data" --once
proof
claim "with more folded under the other list it is not proven as a whole" same "$?" 1
claim "both are named then too" says "folded under [0-9a-f]* {list disposable.conf $first}, then under [0-9a-f]* {list disposable.conf $second}"
claim "and what can be proven" says "in a backup from before the change"
"$millrace" run --data "$data" 2>"$work/run.log" &
run=$!
claim "a process takes the folder" await 20 grep -q '"event":"ready"' "$work/run.log"
proof
claim "beside it the same is said" says "folded under [0-9a-f]* {list disposable.conf $first}, then under [0-9a-f]* {list disposable.conf $second}"
kill -TERM "$run"
wait "$run"
finish

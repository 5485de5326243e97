#!/usr/bin/env bash
# A log that trims itself: old segments go once a checkpoint stands on them, the folder goes on from what is left, what
# was taken before is still known as a duplicate, and who asks for what is gone is told so.
source "$(dirname "$0")/harness.sh"
facts() {  # FROM TO
  for i in $(seq "$1" "$2"); do
    printf '{"specversion":"1.0","id":"e%s","source":"test","type":"lead.captured","tenant":"acme","time":"2026-01-31T09:30:00Z","data":{"lead_source":"csv","email":"e%s@example.com","company":"Example %s"}}\n' "$i" "$i" "$i"
  done
}
data=$work/d
mkdir "$data"
cat >"$data/millrace.toml" <<'T'
[log]
keep = "1s"
segment_mb = 1
T
facts 1 3000 >"$work/first.ndjson"
facts 3001 6000 >"$work/second.ndjson"
sum() { "$millrace" status --data "$data" --json | jq -s "[.[]|select(.stage==\"harvest\")|.$1]|add"; }
kib() { du -sk "$data/log" | cut -f1; }

m produce "$work/first.ndjson" --data "$data"
m run --data "$data" --once
whole=$(kib)
aged() { m run --data "$data" --once && [ "$(kib)" -lt $((whole / 2)) ]; }
claim "a log older than log.keep is dropped down to what is needed" await 30 aged
m produce "$work/first.ndjson" --data "$data"
claim "facts whose originals are gone come again and are taken" same "$?" 0
m produce "$work/second.ndjson" --data "$data"
m run --data "$data" --once
claim "and are known as duplicates" same "$(sum duplicates)" 3000
m status --data "$data" >"$work/status"
claim "every record is accounted for" same "$?" 0
m verify --data "$data" >"$work/verify"
claim "verify finds no problem in what is left" same "$?" 0
claim "and says that it could not fold from zero" grep -q "proven in part" "$work/verify"
m tail crm.events --data "$data" --json --from 0 >"$work/tail"
claim "tail begins with what is left" test -s "$work/tail"

# One who follows, and sleeps while the log is trimmed, goes on with what is left.
"$millrace" tail crm.events --data "$data" --json --key acme --follow >"$work/followed" 2>"$work/followed.said" &
follower=$!
caught_up() { [ "$(tail -1 "$work/followed" | jq -r .at)" = "$("$millrace" tail crm.events --data "$data" --json --key acme | tail -1 | jq -r .at)" ]; }
claim "a follower has read what there is" await 20 caught_up
kill -STOP "$follower"
at=$(tail -1 "$work/followed" | jq -r .at) partition=$(cut -d/ -f2 <<<"$at") offset=$(cut -d/ -f3 <<<"$at")
facts 6001 12000 | m produce --data "$data"
begins() { "$millrace" status --data "$data" --json | jq "select(.stage == \"harvest\" and .partition == $partition) | .start"; }
past() { m run --data "$data" --once && facts 12001 12002 | m produce --data "$data" && [ "$(begins)" -gt $((offset + 100)) ]; }
claim "the log is trimmed beyond that" await 40 past
kill -CONT "$follower"
claim "awake again, the follower goes on to the end" await 20 caught_up
claim "  and has told how many records it missed" grep -q "^crm.events/$partition: [1-9][0-9]* records (offsets [0-9]* to $(($(begins) - 1))) were dropped by retention" "$work/followed.said"
claim "  once" same "$(grep -c "^crm.events/$partition:" "$work/followed.said")" 1
kill -INT "$follower"
wait "$follower"

sed -i 's/keep = "1s"/kepp = "1s"/' "$data/millrace.toml"
m run --data "$data" --once
claim "a misspelt setting is refused" same "$?" 2
claim "with the file, the line and the key that was meant" grep -q 'millrace.toml.*2.*kepp.*log.keep\|millrace.toml.*2.*kepp.*keep' "$work/said"
finish

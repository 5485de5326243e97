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
begins() { "$millrace" tail crm.events --data "$data" --json --from 0 | head -1 | jq .offset; }
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

sed -i 's/keep = "1s"/kepp = "1s"/' "$data/millrace.toml"
m run --data "$data" --once
claim "a misspelt setting is refused" same "$?" 2
claim "with the file, the line and the key that was meant" grep -q 'millrace.toml.*2.*kepp.*log.keep\|millrace.toml.*2.*kepp.*keep' "$work/said"
finish

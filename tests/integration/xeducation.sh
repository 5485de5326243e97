#!/usr/bin/env bash
# A second real list: 9,240 leads of an education company in, 9,240 decided, totals equal to the file's; its import is cut
# by kill -9 and goes on.
# The data set is not part of the project. Without it beside the project this says so and proves nothing of it;
# import_cut.sh proves the same on a made-up list.
source "$(dirname "$0")/harness.sh"
data="$root/../shared/data/xeducation"
if [ ! -d "$data" ]; then
  echo "  the X-Education data set is not at $data: not run"
  exit 77
fi
maps="$root/scripts/mappings"
# From the file itself, by another reader: leads by campaign, and who converted.
python3 - "$data/Leads.csv" >"$work/expected" <<'PY'
import collections, csv, sys
rows = list(csv.DictReader(open(sys.argv[1], encoding="utf-8-sig")))
campaigns = {"API": "origin-api", "Landing Page Submission": "origin-landing-page", "Lead Add Form": "origin-form", "Lead Import": "origin-import", "Quick Add Form": "origin-quick-form"}
print("leads", len(rows))
print("won", sum(r["Converted"] == "1" for r in rows))
for name, count in sorted(collections.Counter(campaigns.get(r["Lead Origin"], "origin-other") for r in rows).items()):
    print(name, count)
PY

cut=0
for _ in 1 2 3; do
  kill_behind_note "$work/d" import --data "$work/d" --history "$maps/xeducation-leads.toml=$data/Leads.csv" "$maps/xeducation-deals.toml=$data/Leads.csv" || break
  cut=$((cut + 1))
done
claim "the import was cut in the middle" test "$cut" -gt 0
m import --data "$work/d" --history "$maps/xeducation-leads.toml=$data/Leads.csv" "$maps/xeducation-deals.toml=$data/Leads.csv"
claim "the import is taken to its end after $cut kills" same "$?" 0
m run --data "$work/d" --once --threads 2
claim "run --once drains and stops" same "$?" 0
claim "every record is accounted for" "$millrace" status --data "$work/d"
{
  echo "leads $("$millrace" tail routing.decisions --data "$work/d" --type route.decided --json | jq -r .data.lead_id | sort -u | wc -l)"
  echo "won $("$millrace" tail leads.scored --data "$work/d" --type lead.scored --where status=WON --json | jq -r .data.lead_id | sort -u | wc -l)"
  "$millrace" tail crm.events --data "$work/d" --type lead.captured --json | jq -r '[.id,.data.campaign_id]|@tsv' | sort -u | cut -f2 | sort | uniq -c | awk '{print $2, $1}'
} >"$work/seen"
claim "leads decided, won, and by campaign are the file's" diff "$work/expected" "$work/seen"
sed 's/^/  /' "$work/seen"
claim "nothing ended in the dead letters" same "$("$millrace" dlq ls --data "$work/d" | wc -l)" 0
claim "folding everything again gives the same bytes" m verify --data "$work/d"
finish

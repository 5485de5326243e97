#!/usr/bin/env bash
# A history goes through the whole spine; every record is accounted for and can be folded again byte for byte.
source "$(dirname "$0")/harness.sh"

python3 "$here/make_history.py" "$work" 2000
m import --data "$work/d" --history "$here/leads.toml=$work/leads.csv" "$here/deals.toml=$work/deals.csv"
claim "import takes every row" same "$?" 0
m run --data "$work/d" --once --threads 2
claim "run --once drains and stops" same "$?" 0
claim "every record is accounted for" "$millrace" status --data "$work/d"
leads=$("$millrace" tail routing.decisions --data "$work/d" --type route.decided --json | jq -r .data.lead_id | sort -u | wc -l)
known=$("$millrace" tail leads.harvested --data "$work/d" --type lead.snapshot --json | jq -r .data.lead_id | sort -u | wc -l)
merged=$("$millrace" tail attribution.touches --data "$work/d" --type lead.merged --json | jq -r '.data.absorbed[]' | sort -u | wc -l)
echo "  leads $known, absorbed $merged, decided $leads"
claim "every lead has a decision" same "$leads" "$known"
won=$(awk -F, 'NR>1{s+=$4*100} END{printf "%d", s}' "$work/deals.csv")
credited=$("$millrace" tail attribution.credits --data "$work/d" --type attribution.credit --where model=first --json | jq -s 'map(.data.amount_cents)|add')
claim "credited revenue is the revenue in the file, to the cent" same "$credited" "$won"
claim "folding everything again gives the same bytes" m verify --data "$work/d"

m import --data "$work/d" --history "$here/leads.toml=$work/leads.csv" "$here/deals.toml=$work/deals.csv"
claim "the same files are taken once" same "$?" 2
finish

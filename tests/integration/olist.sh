#!/usr/bin/env bash
# A real funnel: 8,000 leads in, 8,000 decided, 842 won, credited revenue = revenue in the file, to the cent.
# The data set is not part of the project. Without it beside the project this says so and proves nothing of it;
# history.sh proves the same on a made-up history.
source "$(dirname "$0")/harness.sh"
data="$root/../shared/data/olist_funnel"
if [ ! -d "$data" ]; then
  echo "  the Olist data set is not at $data: not run"
  exit 77
fi
maps="$root/scripts/mappings"
m import --data "$work/d" --history --policy "$maps/olist-policy.toml" \
  "$maps/olist-leads.toml=$data/olist_marketing_qualified_leads_dataset.csv" "$maps/olist-deals.toml=$data/olist_closed_deals_dataset.csv"
claim "import takes every row" same "$?" 0
m run --data "$work/d" --once --threads 2
claim "run --once drains and stops" same "$?" 0
claim "every record is accounted for" "$millrace" status --data "$work/d"
claim "8,000 leads are decided" same "$("$millrace" tail routing.decisions --data "$work/d" --type route.decided --json | jq -r .data.lead_id | sort -u | wc -l)" 8000
claim "842 leads are won" same "$("$millrace" tail leads.scored --data "$work/d" --type lead.scored --where status=WON --json | jq -r .data.lead_id | sort -u | wc -l)" 842
for model in first last linear time_decay position shapley markov matched; do
  credited=$("$millrace" tail attribution.credits --data "$work/d" --type attribution.credit --where model=$model --json | jq -s 'map(.data.amount_cents)|add')
  claim "credited revenue under $model is the file's, to the cent" same "$credited" 6178400600
done
"$millrace" tail attribution.credits --data "$work/d" --type attribution.credit --where model=first --json |
  jq -rs 'group_by(.data.campaign_id)|map({c:.[0].data.campaign_id,s:(map(.data.amount_cents)|add)})|sort_by(-.s)|.[]|"  \(.c)\t\(.s/100) BRL"'
claim "folding everything again gives the same bytes" m verify --data "$work/d"
finish

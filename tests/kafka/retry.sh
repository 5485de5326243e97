#!/usr/bin/env bash
# Dead letters that operators of two folders try again at the same moment go back once; through an instance that runs, too.
source "$(dirname "$0")/harness.sh"

ns=$(fresh retry)
cluster=(--brokers "$BROKERS" --namespace "$ns")
m topology --create "${cluster[@]}" --data "$work/a" --partitions 2
share_key door one two
letters=${LETTERS:-12}
# An inner inbox knows no event ids: there a record that comes twice is folded twice.
broken() { for _ in $(seq "$1"); do echo '{"torn'; done | kcat -P -b "$BROKERS" -t "$ns.leads.harvested" -p 0; }
inbox() { kcat -C -e -q -b "$BROKERS" -X isolation.level=read_committed -t "$ns.leads.harvested" -p 0 -o beginning | grep -c torn; }
ls_dlq() { m dlq ls "${cluster[@]}" --data "$work/door" 2>/dev/null | jq -r 'select(.topic == "leads.harvested.dlq") | "\(.partition) \(.offset)"'; }
lie() { [ "$(ls_dlq | wc -l)" = "$1" ]; }
retry() { "$millrace" dlq retry leads.harvested.dlq "$1" "$2" "${cluster[@]}" --data "$work/$3" >>"$work/$3.said" 2>&1; }  # PARTITION OFFSET NAME

start a
broken 1
claim "a broken record is a dead letter" await 60 lie 1
first=$(ls_dlq | head -1)
claim "the instance that runs tries it again" retry $first a
claim "and it went back" await 20 same "$(inbox)" 2
claim "not a second time" eval '! retry $first a && grep -q "tried again already" "$work/a.said"'
claim "it is refused again" await 60 lie 2
broken "$((letters - 1))"
claim "so are more" await 60 lie "$((letters + 1))"
end TERM a

before=$(inbox)
while read -r partition offset; do
  retry "$partition" "$offset" one & first=$!
  retry "$partition" "$offset" two
  wait "$first"
done < <(ls_dlq | tail -n "$letters")
claim "of two operators at once one tries each letter again" same "$(inbox)" "$((before + letters))"
claim "and each is told that it went back, or had before" same "$(cat "$work/one.said" "$work/two.said" | grep -cE 'appended to its inbox again|tried again already')" "$((2 * letters))"
finish

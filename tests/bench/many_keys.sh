#!/usr/bin/env bash
# How long until the first commit after kill -9, and after a lost disk, with so many rows of state: scripts/soak --restore runs
# it with half a million and with five million. The times are printed, not judged; what is claimed is that nothing is folded
# again that a checkpoint has. FACTS sets the size: about six rows come of each.
source "$(dirname "$0")/../kafka/harness.sh"
here=$root/tests/kafka
facts=${FACTS:-84000}

address=$(own_broker broker)
cluster=(--brokers "$address" --namespace "$(fresh keys)")
claim "a namespace is made" await 180 m topology --create "${cluster[@]}" --data "$work/a" --partitions 6
mkdir -p "$work/door/keys" && install -m 600 "$work/a/keys/master" "$work/door/keys/master"

start a
python3 "$here/make_events.py" "$facts" 1 | split -l 20000 - "$work/part."
for file in "$work"/part.*; do until m produce "$file" "${cluster[@]}" --data "$work/door"; do :; done; done
claim "$facts facts are folded" await $((120 + facts / 100)) settled
restart_rounds 500 60
claim "and folds the rest" await 60 settled
end TERM a
rm -rf "$work/a/state"/*
produce 500
start_to_commit "its disk lost, it commits" 600
restored | awk '{ for (i = 2; i < NF; ++i) { if ($(i + 1) == "rows") rows = $i; if ($(i + 1) == "ms") ms = $i } printf "       %.0f rows a second from the assignment on\n", 1000 * rows / ms }'
claim "all its state from changelogs" eval 'restored | grep -q "tasks from [1-9][0-9]* rows"'
claim "and folds the rest" await 120 settled
end TERM a
keep_logs
finish

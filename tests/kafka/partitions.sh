#!/usr/bin/env bash
# Millrace's partitioner gives what Apache's own Java client gives, on 10,000 keys, for several counts of partitions.
source "$(dirname "$0")/harness.sh"

for partitions in 1 6 8 12; do
  "$foreign" partitions "$partitions" 10000 >"$work/java"
  "$(dirname "$millrace")/tests/millrace_partitions" "$partitions" <"$work/java" >"$work/ours"
  claim "10,000 keys were compared" same "$(wc -l <"$work/java")" 10000
  claim "over $partitions partitions every key lies where Java puts it" cmp "$work/java" "$work/ours"
done
finish

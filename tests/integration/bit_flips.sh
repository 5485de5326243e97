#!/usr/bin/env bash
# A flipped bit in each kind of file of a data folder: either the folder goes on and every topic is the same bytes, or an
# error names the file and what to do, and doing that mends it. Never a crash, never other topics without a word.
# FLIPS is how many each kind of file gets.
[ ! -w /dev/shm ] || export TMPDIR=/dev/shm
source "$(dirname "$0")/harness.sh"
flips=${FLIPS:-4}

# Work is left to do: the first half is folded, the second waits. Segments are as small as settings allow, so that there
# are index footers.
python3 "$here/make_history.py" "$work" 300 7
head -n 1 "$work/leads.csv" >"$work/later.csv"
sed -n '200,$p' "$work/leads.csv" >>"$work/later.csv"
sed -i '200,$d' "$work/leads.csv"
mkdir "$work/stopped"
printf '[log]\nsegment_mb = 1\n' >"$work/stopped/millrace.toml"
m import --key-seed k --data "$work/stopped" --history "$here/leads.toml=$work/leads.csv"
m run --key-seed k --data "$work/stopped" --once
m import --key-seed k --data "$work/stopped" --history "$here/leads.toml=$work/later.csv"
cp -r "$work/stopped" "$work/calm"
m run --key-seed k --data "$work/calm" --once
claim "the undisturbed run ends" same "$?" 0
fingerprint "$work/calm" >"$work/calm.sum"
claim "and put something out" grep -q "^routing.decisions" "$work/calm.sum"
claim "the log has segments with footers" test "$(ls "$work"/stopped/log/*.journal | wc -l)" -gt 1

python3 "$here/bit_flips.py" "$millrace" "$work/stopped" "$work/calm.sum" "$work" "$flips"
claim "stopped in order: a flipped bit is survived, or told with what to do" same "$?" 0

# The same of a folder whose process was killed behind a checkpoint: its stores have write-ahead logs.
cp -r "$work/stopped" "$work/killed"
"$millrace" run --key-seed k --data "$work/killed" 2>"$work/run.log" &
run=$!
folded() { [ "$("$millrace" status --data "$work/killed" --json | jq -s '[.[].lag]|add')" = 0 ] && [ -n "$(find "$work/killed/state" -name '*.log' -size +0)" ]; }
claim "a run folds what waited and checkpoints it" await 60 folded
{ kill -KILL "$run" && wait "$run"; } 2>/dev/null
python3 "$here/bit_flips.py" "$millrace" "$work/killed" "$work/calm.sum" "$work" "$flips" "state|keystore"
claim "killed in the middle: a flipped bit is survived, or told with what to do" same "$?" 0
finish

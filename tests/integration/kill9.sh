#!/usr/bin/env bash
# kill -9 at random moments, other thread counts: every topic is byte-identical to a run that was never disturbed.
# KILLS and LEADS set the size; scripts/soak runs it large.
source "$(dirname "$0")/harness.sh"
kills=${KILLS:-15}
leads=${LEADS:-6000}

python3 "$here/make_history.py" "$work" "$leads" 7
m import --key-seed k --data "$work/input" --history "$here/leads.toml=$work/leads.csv" "$here/deals.toml=$work/deals.csv"
for name in calm killed four; do cp -r "$work/input" "$work/$name"; done

m run --key-seed k --data "$work/calm" --once --threads 1
fingerprint "$work/calm" >"$work/calm.sum"
m run --key-seed k --data "$work/four" --once --threads 4 --cache-mb 8
fingerprint "$work/four" >"$work/four.sum"
claim "four threads and a small cache give the same topics as one" diff "$work/calm.sum" "$work/four.sum"

RANDOM=42
done_kills=0
while [ "$done_kills" -lt "$kills" ]; do
  moment=$(awk -v r=$RANDOM 'BEGIN{printf "%.3f", 0.02 + (r / 32768) ^ 2 * 1.5}')
  "$millrace" run --key-seed k --data "$work/killed" --once --threads 2 2>/dev/null &
  running=$!
  read -rt "$moment" <> <(:) || :
  kill -KILL $running 2>/dev/null
  { wait $running; } 2>/dev/null && break  # it came to its end
  done_kills=$((done_kills + 1))
done
m run --key-seed k --data "$work/killed" --once --threads 2
claim "it comes up after $done_kills kills" same "$?" 0
fingerprint "$work/killed" >"$work/killed.sum"
claim "killed $done_kills times, every topic is the same bytes" diff "$work/calm.sum" "$work/killed.sum"
claim "every record is accounted for" "$millrace" status --data "$work/killed"
claim "folding everything again gives the same bytes" m verify --key-seed k --data "$work/killed"
finish

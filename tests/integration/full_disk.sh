#!/usr/bin/env bash
# A disk that fills up under a running process and empties again: intake waits, stages drain, then pause, then go on;
# failed writes are tried again; no restart, no spinning, nothing lost. First on a disk that is told to be full
# (full_disk.c: needs no privilege), then, where one may be mounted, on a small real file system that really is.
source "$(dirname "$0")/harness.sh"
cc -shared -fPIC -O1 "$here/full_disk.c" -o "$work/full_disk.so" -ldl || exit 1

fact() {
  printf '{"specversion":"1.0","id":"%s","source":"test","type":"lead.captured","tenant":"acme","time":"2026-01-31T09:30:00Z","data":{"lead_source":"csv","email":"%s@example.com"}}\n' "$1" "$1"
}
facts() { for i in $(seq "$2" "$3"); do fact "$1$i"; done; }
gone() { ! kill -0 "$1" 2>/dev/null; }
disk() { echo "$1 $2" >"$work/disk.new" && mv "$work/disk.new" "$work/disk"; }  # free basis points, whether writes fail (full_disk.c)
captured() { [ "$("$millrace" tail leads.harvested --data "$1" --type lead.snapshot --json | wc -l)" = "$2" ]; }
settled() { [ "$("$millrace" status --data "$1" --json | jq -s '[.[].lag]|add')" = 0 ]; }
said() { grep -q "\"event\":\"$1\".*\"code\":\"$2\"" "$work/run.log"; }
ticks() { awk '{print $14 + $15}' "/proc/$1/stat"; }
quiet() { "$@" >/dev/null; }
hz=$(getconf CLK_TCK)

disk 10000 0
DISK="$work/disk" LD_PRELOAD="$work/full_disk.so" "$millrace" run --data "$work/d" 2>"$work/run.log" &
run=$!
claim "run comes up" await 30 grep -q '"event":"ready"' "$work/run.log"
facts a 1 50 | m produce - --data "$work/d"
claim "facts are folded" await 20 captured "$work/d" 50

# 10 %
disk 900 0
facts b 1 50 | "$millrace" produce - --data "$work/d" 2>"$work/produce.log" &
produce=$!
claim "below 10 % produce waits and says why" await 20 grep -q "waiting: .*10 %.*disk_low" "$work/produce.log"
claim "an operator's word still goes through" quiet m arm email --tenant acme --reason test --off --data "$work/d"
claim "and is folded: stages drain" await 20 settled "$work/d"
disk 10000 0
wait "$produce"
claim "produce goes on when there is room" same "$?" 0
claim "and its facts are folded" await 20 captured "$work/d" 100

# 3 %
disk 200 0
claim "below 3 % stages pause and say so" await 30 said fault disk_low
m arm email --tenant acme --reason test --off --data "$work/d" >/dev/null
claim "SV-3: an operator's word is refused then" same "$?" 2
claim "with the reason and what to do" grep -q "disk_low" "$work/said"
before=$(ticks "$run")
clock=$(date +%s%N)
claim "SV-3: state can be read meanwhile" quiet m state ls score lead acme/ --data "$work/d" --limit 1
await 3 false
share=$((($(ticks "$run") - before) * 1000000000 * 100 / hz / ($(date +%s%N) - clock)))
claim "SV-3: it does not spin ($share % of a core)" test "$share" -lt 30
disk 10000 0
claim "and go on when there is room" await 20 said retry disk_low

# Writes fail: journal and stores.
facts c 1 200 >"$work/c.ndjson"
disk 10000 1
"$millrace" produce "$work/c.ndjson" --data "$work/d" 2>"$work/produce.log" &
produce=$!
claim "a write that fails makes produce wait" await 20 grep -q "waiting: .*disk_full" "$work/produce.log"
before=$(ticks "$run")
clock=$(date +%s%N)
await 3 false
share=$((($(ticks "$run") - before) * 1000000000 * 100 / hz / ($(date +%s%N) - clock)))
claim "it does not spin ($share % of a core)" test "$share" -lt 30
disk 10000 0
wait "$produce"
claim "and it goes on when writes succeed" same "$?" 0
claim "every lead is there once" await 30 captured "$work/d" 300
claim "the process is the one that was started" kill -0 "$run"
disk 10000 1
kill -TERM "$run"
claim "a stop on a full disk ends" await 30 gone "$run"
disk 10000 0
wait "$run"
code=$?
claim "and says how it stopped" test "$code" = 0 -o "$code" = 2

# A store's write that had room when it began, and has none in its middle. The journal's disk is another one.
: >"$work/run.log"
DISK="$work/disk" DISK_UNDER=/state/ LD_PRELOAD="$work/full_disk.so" "$millrace" run --data "$work/d" 2>"$work/run.log" &
run=$!
claim "run comes up" await 30 grep -q '"event":"ready"' "$work/run.log"
disk 10000 2
facts d 1 50 | m produce - --data "$work/d"
claim "WF-4: a checkpoint that waits for room in its middle is told of" await 30 said fault disk_full
kill -TERM "$run"
claim "WF-3: and holds up no stop" await 30 gone "$run"
disk 10000 0
wait "$run"
claim "which says that not everything was written" same "$?" 2
m run --data "$work/d" --once
claim "the next start finds everything" same "$?" 0
claim "every lead is there once" captured "$work/d" 350
claim "every record is accounted for" quiet "$millrace" status --data "$work/d"
claim "folding everything again gives the same bytes" m verify --data "$work/d"

# A small real file system, really full.
mkdir -p "$work/small"
if mount -t tmpfs -o size=64m none "$work/small" 2>/dev/null; then
  trap 'is_main && { kill $(jobs -p) 2>/dev/null; wait; umount "$work/small"; rm -rf "$work"; }' EXIT
  "$millrace" run --data "$work/small/d" 2>"$work/small.log" &
  run=$!
  claim "run comes up on 64 MB" await 30 grep -q '"event":"ready"' "$work/small.log"
  facts a 1 2000 | m produce - --data "$work/small/d"
  claim "facts are folded" await 60 captured "$work/small/d" 2000
  dd if=/dev/zero of="$work/small/ballast" bs=64k 2>/dev/null
  facts b 1 2000 | "$millrace" produce - --data "$work/small/d" 2>"$work/produce.log" &
  produce=$!
  claim "the disk is full to the last block: produce waits" await 20 grep -q "waiting:" "$work/produce.log"
  claim "run says why" await 20 grep -q '"event":"fault".*"code":"disk_' "$work/small.log"
  rm "$work/small/ballast"
  wait "$produce"
  claim "and goes on when the ballast is gone" same "$?" 0
  claim "every lead is there once" await 60 captured "$work/small/d" 4000
  kill -TERM "$run"
  wait "$run"
  claim "the same process stops clean" same "$?" 0
  claim "folding everything again gives the same bytes" m verify --data "$work/small/d"
else
  echo "  note: no file system may be mounted here; the disk that is told to be full has proven the same above"
fi
finish

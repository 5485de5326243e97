#!/usr/bin/env bash
# State that is lost comes back from the changelog: a lost disk, a damaged table file, a full disk under a restore, a member
# that comes or goes in the middle of one, an instance that never had the partitions. The times are printed, not judged.
source "$(dirname "$0")/harness.sh"
cc -shared -fPIC -O1 "$root/tests/integration/full_disk.c" -o "$work/full_disk.so" -ldl || exit 1

address=$(own_broker broker)
cluster=(--brokers "$address" --namespace "$(fresh restore)")
m topology --create "${cluster[@]}" --data "$work/a" --partitions 6
share_key b c door
disk() { echo "$1 $2" >"$work/disk.new" && mv "$work/disk.new" "$work/disk"; }  # free basis points, whether writes fail
# How the last restore of the instance's spine went: "36 tasks, 12 records folded again, …"
restored() { grep '"event":"restore".*member 0' "$work/$1.log" | tail -n 1 | jq -r .detail | sed 's/^member 0: //'; }
refolded() { restored "$1" | grep -o '[0-9]* records' | grep -o '[0-9]*'; }

start a
produce 6000
claim "an instance folds what comes" await 90 settled
end TERM a

rm -rf "$work/a/state"/*
before=$(lines a)
start a
claim "an instance whose disk is lost works again" await 60 said a "$before" restore "member 0"
echo "       $(restored a)"
claim "its state comes from the changelogs" eval 'restored a | grep -q "tasks from [1-9][0-9]* rows"'
claim "and it folds nothing again after a clean stop" same "$(refolded a)" 0
produce 500
claim "it goes on from there" await 60 settled

end KILL a
rm -rf "$work/a/state"/*
produce 200
before=$(lines a)
start a
claim "killed, and its disk lost, it works again" await 60 said a "$before" restore "member 0"
echo "       $(restored a)"
claim "what it folds again is what came after the last checkpoint, not the topic" eval '[ "$(refolded a)" -lt 10000 ]'
claim "and it goes on" await 60 settled
end TERM a

# A table file with a wrong byte: found when it is opened or read.
for file in $(find "$work/a/state" -name '*.sst' -path '*/score-*'); do
  printf '\xff\x00\xff' | dd of="$file" bs=1 seek=$(($(stat -c %s "$file") / 3)) conv=notrunc status=none
done
start a
produce 1000
claim "table files that are damaged are replaced without anybody's help" await 90 settled
produce 1000
claim "and all is folded" await 60 settled
claim "from the changelog" eval '[ "$(grep -c "\"code\":\"state_damaged\"" "$work/a.log")" -gt 0 ] && restored a | grep -q "tasks from [1-9][0-9]* rows"'
end TERM a

# A full disk under a restore.
rm -rf "$work/a/state"/*
before=$(lines a)
disk 10000 1
DISK="$work/disk" DISK_UNDER=/state/ LD_PRELOAD="$work/full_disk.so" "$millrace" run "${cluster[@]}" --data "$work/a" --threads 1 --cache-mb 32 2>>"$work/a.log" & pid[a]=$!
claim "a restore that finds no space says so" await 60 said a "$before" fault "disk_full.*/state/"
disk 10000 0
claim "and is done when there is some, without a restart" await 60 said a "$before" restore "member 0"
produce 100
claim "and it goes on" await 60 settled

# Members come and go while others restore what they never had.
start b
start c
claim "two that never had them take over partitions" await 60 said b 0 restore "member 0"
end KILL b
start b
produce 500
end KILL a
claim "and go on together, when the first is gone and one came back in between" await 90 settled
for name in b c; do echo "       $name: $(restored $name)"; done
claim "none of them folded the topics again" eval '[ "$(refolded b)" -lt 20000 ] && [ "$(refolded c)" -lt 20000 ]'
end TERM b
end TERM c
one_effect_each "$address"
claim "no instance met a fault that ends a process" bash -c "! grep -h '\"level\":\"error\"' '$work'/[abc].log"
keep_logs
finish

#!/usr/bin/env bash
# standbys = "all": an instance follows the state of what the others fold, so that it takes over without reading a changelog,
# which is shown by the rows that it read, not by a time; without standbys it reads them all.
source "$(dirname "$0")/harness.sh"
cluster=(--brokers "$BROKERS" --namespace "$(fresh standby)")
m topology --create "${cluster[@]}" --data "$work/a" --partitions 3
share_key b c door
for name in a b; do printf '[kafka]\nstandbys = "all"\n' >"$work/$name/millrace.toml"; done
health() { "$millrace" status "${cluster[@]}" --data "$work/$1" 2>/dev/null | grep '^standbys:'; }
follows() { health "$1" | grep -q "standbys: \([1-9][0-9]*\) of \1 tasks of others are followed, 0 records"; }
restored() { grep '"event":"restore".*member 0' "$work/$1.log" | tail -n 1 | jq -r .detail | sed 's/^member 0: //'; }
rows() { restored "$1" | grep -o 'tasks from [0-9]*' | grep -o '[0-9]*' || echo 0; }

start a
start b
claim "two instances share the partitions" await 40 said b 0 commit "member 0"
produce 3000
claim "all is folded" await 60 settled
claim "each follows what the other folds" await 40 eval 'follows a && follows b'
echo "       $(health b)"

produce 300
before=$(lines b)
end KILL a
claim "one is killed, and the other takes over" await 60 said b "$before" restore "member 0"
echo "       $(restored b)"
claim "it reads no changelog: its standbys' state was at hand" same "$(rows b)" 0
produce 300
claim "and it goes on" await 60 settled

before=$(lines a)
start a
claim "the first comes back, and follows" await 60 eval 'settled && follows a && follows b'
start c  # without standbys
claim "a third one without them restores its share from changelogs" await 60 said c 0 restore "member 0"
echo "       $(restored c)"
claim "row by row" eval '[ "$(rows c)" -gt 1000 ]'
claim "and follows nothing" same "$(health c)" ""
produce 300
claim "all go on together" await 60 settled
for name in a b c; do end TERM $name; done
one_effect_each "$BROKERS"
claim "no instance met a fault that ends a process" bash -c "! grep -h '\"level\":\"error\"' '$work'/[abc].log"
keep_logs
finish

#!/usr/bin/env bash
# C3: instances are killed, stopped for longer than their session and their transaction may last, added and removed, and
# the broker is restarted, while facts come in; then every fact has exactly one effect at every stage (check_effects.py).
# EVENTS, INSTANCES, SECONDS_OF_CHAOS and SEED set the size, THREADS the members of a process; SETTINGS are lines of [kafka] in
# millrace.toml, of which "chain = true" is the one with more that can go wrong; scripts/soak --kafka runs it large. KEEP names a
# folder that gets the instances' logs, and when a claim fails the broker's folder, the facts and the state too.
source "$(dirname "$0")/harness.sh"
SETTINGS=${SETTINGS-chain = true}
events=${EVENTS:-4000} instances=${INSTANCES:-3} chaos_seconds=${SECONDS_OF_CHAOS:-60} seed=${SEED:-7} threads=${THREADS:-2}
echo "  seed $seed"
RANDOM=$seed
here=$root/tests/kafka
pids=()
keep() {
  [ -n "${KEEP:-}" ] || return 0
  mkdir -p "$KEEP"
  cp "$work"/log-* "$work/produce-said" "$KEEP"
  [ "$failures" -gt 0 ] || return 0
  "$kafka" stop --dir "$work/broker"
  cp -r "$work"/[0-9] "$work/door" "$work/broker" "$work/facts" "$KEEP"
}
trap 'is_main && { kill -KILL "${pids[@]}" $(jobs -p) 2>/dev/null; keep; end_brokers; rm -rf "$work"; }' EXIT

address=$(own_broker broker)
name_space=$(fresh chaos)
cluster=(--brokers "$address" --namespace "$name_space")
claim "a namespace is made" await 180 m topology --create "${cluster[@]}" --data "$work/1" --partitions 6

# Instance $1 starts; its folder is made with the first one's master key when it is new.
start() {
  if [ ! -e "$work/$1/keys/master" ]; then
    mkdir -p "$work/$1/keys"
    install -m 600 "$work/1/keys/master" "$work/$1/keys/master"
  fi
  [ -z "$SETTINGS" ] || printf '[kafka]\n%s\n' "$SETTINGS" >"$work/$1/millrace.toml"
  "$millrace" run "${cluster[@]}" --data "$work/$1" --threads "$threads" --cache-mb 32 2>>"$work/log-$1" &
  pids[$1]=$!
  disown  # nobody tells that it was killed
}
# Whether process $1 is not instance $2: ended with all its threads, or another's number by now. (In ten minutes of this numbers
# come again, and bash's `wait` then hung. While a process ends it has no command line any more, but its locks.)
gone() {
  kill -0 "$1" || return 0
  local line
  line=$(tr '\0' ' ' <"/proc/$1/cmdline")
  [ -n "$line" ] && [[ $line != *"--data $work/$2 "* ]]
}
end() {  # instance $2, by signal $1; until it is gone
  kill -s "$1" "${pids[$2]}" 2>/dev/null
  await 60 gone "${pids[$2]}" "$2"
}
now_ms() { date +%s%3N; }
pause() { read -rt "$1" <> <(:) || :; }
# To ask is work for the broker too: not more than once in half a second.
ask() { pause 0.5; "$millrace" status "${cluster[@]}" --data "$work/door" --json >"$work/rows" 2>/dev/null; }
# Everything that was appended is folded, at every stage.
settled() { ask && [ "$(jq -s 'map(select(.lag > 0)) | length' "$work/rows")" = 0 ]; }
# How many records were folded; the broker may just be coming back.
folded() { await 60 ask && jq -s 'map(.folded) | add' "$work/rows"; }
moves_on() { ask && [ "$(jq -s 'map(.folded) | add' "$work/rows")" -gt "$1" ]; }

python3 "$here/make_events.py" "$events" "$seed" >"$work/facts"
mkdir -p "$work/door/keys" && install -m 600 "$work/1/keys/master" "$work/door/keys/master"
split -l $((events < 100000 ? 200 : 1000)) "$work/facts" "$work/part."
produce_all() {  # a part that failed is sent again whole: repeats have no effect
  local part parts=("$work"/part.*) n=0 began=$SECONDS
  for part in "${parts[@]}"; do
    until "$millrace" produce "$part" "${cluster[@]}" --data "$work/door" 2>>"$work/produce-said"; do
      [ ! -e "$work/stop" ] || return 1
    done
    n=$((n + 1))  # spread over the time of the chaos
    read -rt "$(awk -v a=$((began + chaos_seconds * n / ${#parts[@]})) -v b=$SECONDS 'BEGIN{print (a > b) ? a - b : 0.01}')" <> <(:) || :
  done
  touch "$work/produced"
}

for ((i = 1; i <= instances; i++)); do start "$i"; done
produce_all &
producer=$!
await 30 moves_on 0

kills=0 zombies=0 restarts=0 added=0 blows=0
first_blows=(4 1 4 4 2 4 3)  # one of each, whatever chance says then
chaos_until=$((SECONDS + chaos_seconds))
one() { echo $((1 + RANDOM % instances)); }
while [ "$SECONDS" -lt "$chaos_until" ] || [ "$blows" -lt "${#first_blows[@]}" ]; do
  pause "$((RANDOM % 3)).$((RANDOM % 10))"  # the time between two blows, not a wait for anything
  what=${first_blows[$blows]:-$((1 + RANDOM % 20))}
  blows=$((blows + 1))
  case $what in
    1)  # a zombie: the others have its partitions before it wakes
      who=$(one)
      kill -STOP "${pids[$who]}"
      stopped=$(now_ms)
      await 60 eval '[ $(($(now_ms) - stopped)) -gt 17000 ]'
      claim "while one is stopped the others go on" await 60 moves_on "$(folded)"
      kill -CONT "${pids[$who]}"
      zombies=$((zombies + 1)) ;;
    2)
      claim "the broker is restarted" "$kafka" restart --kill --dir "$work/broker" >/dev/null
      restarts=$((restarts + 1)) ;;
    3)
      said=$(cat "$work/log-$((instances + 1))" 2>/dev/null | wc -l)
      start $((instances + 1))
      await 30 eval 'tail -n "+$((said + 1))" "$work/log-$((instances + 1))" | grep -q "\"commit\""'
      end TERM $((instances + 1))
      added=$((added + 1)) ;;
    *)
      who=$(one)
      end KILL "$who"
      start "$who"
      kills=$((kills + 1)) ;;
  esac
done
wait "$producer"
claim "all facts were produced" test -e "$work/produced"
claim "after $kills kills, $zombies zombies, $restarts restarts of the broker and $added instances more everything is folded" await $((90 + events / 300)) settled

for ((i = 1; i <= instances; i++)); do end TERM "$i"; done
claim "every fact has exactly one effect at every stage" "$here/check_effects.py" "$millrace" "$address" "$name_space" "$work/door" "$work/facts"
for ((i = 1; i <= instances; i++)); do
  claim "instance $i met no fault that ends a process" bash -c "! grep -h '\"level\":\"error\"' '$work/log-$i'"
done
finish

#!/usr/bin/env bash
# The zombie with empty metadata: a member sleeps past its session, another one takes over its partition and commits; the
# first wakes, hears that it lost the partition, and commits what it had read, in the name of nobody. A broker takes such a
# commit. Without the check of membership the record takes effect twice, and the position goes back; with it nothing happens.
# And one that commits beside the next batch, before it has heard: the group knows it no more.
source "$(dirname "$0")/harness.sh"

two_batches=$(dirname "$millrace")/tests/millrace_two_batches
committed() { kcat -C -q -e -b "$BROKERS" -t "$ns.out" -X isolation.level=read_committed 2>/dev/null | paste -sd ' '; }
says() {  # a member (zombie, heir), a step; what it answers
  local -n to=$1
  echo "${*:2}" >&"${to[1]}"
  local line=late
  read -rt 60 line <&"${to[0]}"
  echo "$line"
}
says_so() { [ "$(says "$1" "$2")" = "$3" ]; }
first_word() { local -n from=$1; local line=late; read -rt 60 line <&"${from[0]}"; echo "$line"; }

for defences in no-membership all aside; do
  ns=$(fresh zombie)
  coproc zombie { exec "$two_batches" "$BROKERS" "$ns" 15000 "${defences/aside/all}" zombie 2>>"$work/said"; }
  zombie_pid=$zombie_PID
  claim "$defences: a member joins" same "$(first_word zombie)" joined
  kill -STOP "$zombie_pid"
  # bash knows one coproc by its warning only; the heir talks through two pipes.
  mkfifo "$work/$defences.in" "$work/$defences.out"
  "$two_batches" "$BROKERS" "$ns" 15000 all heir <"$work/$defences.in" >"$work/$defences.out" 2>>"$work/said" &
  exec {heir_in}>"$work/$defences.in" {heir_out}<"$work/$defences.out"
  heir=("$heir_out" "$heir_in")
  claim "$defences: when it sleeps past its session another one has its partition" same "$(first_word heir)" joined
  says heir send one >/dev/null
  claim "$defences: which commits the record's effect" same "$(says heir commit 1)" committed
  says heir send two >/dev/null
  claim "$defences: and the next" same "$(says heir commit 2)" committed
  kill -CONT "$zombie_pid"
  if [ "$defences" = aside ]; then
    says zombie send one >/dev/null
    if [ "$(says zombie aside 1)" = begun ]; then said=$(says zombie ended); else said=$(says zombie commit 1); fi
    claim "aside: the first wakes, and what it commits before it hears is refused" same "$said" lost
    claim "aside: each record has its effect once" same "$(committed)" "one two"
    exec {zombie[1]}>&- {heir_in}>&- {heir_out}<&-
    wait "$zombie_pid" 2>/dev/null
    continue
  fi
  claim "$defences: the first wakes, and hears that it has lost it" await 20 says_so zombie turn "not mine"
  says zombie send one >/dev/null
  said=$(says zombie commit 1)
  if [ "$defences" = no-membership ]; then
    claim "no-membership: its commit in the name of nobody is taken" same "$said" committed
    claim "no-membership: the damage: the record has its effect twice" same "$(committed)" "one two one"
  else
    claim "all: it commits nothing" same "$said" lost
    claim "all: each record has its effect once" same "$(committed)" "one two"
  fi
  exec {zombie[1]}>&- {heir_in}>&- {heir_out}<&-
  wait "$zombie_pid" 2>/dev/null
done
finish

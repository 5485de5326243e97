#!/usr/bin/env bash
# scripts/kafka: starting is idempotent, a taken port is said so, data outlives a restart and a kill, reset leaves nothing.
source "$(dirname "$0")/harness.sh"

dir=$work/broker
on() { "$kafka" "$@" --dir "$dir" 2>"$work/said"; }
code() { "$@" >"$work/out"; echo $?; }

claim "status of a broker never started is 1" same "$(code on status)" 1
claim "to stop it is no error" on stop
address=$(own_broker broker)
claim "start prints where it answers" same "$(kcat -L -b "$address" | grep -c "broker 1 at $address")" 1
claim "status of a running broker is 0" same "$(code on status)" 0
claim "a second start gives the same address" same "$(on start)" "$address"
claim "another version in the same folder is refused" same "$(code on start --version 1.2.3)" 2
claim "a port in use is refused" same "$(code "$kafka" start --dir "$work/other" --port "${address#*:}" 2>"$work/said")" 2
claim "and it says which" grep -q "port ${address#*:} is in use" "$work/said"

"$foreign" create "$address" kept 1
send() { echo "$1" | kcat -P -b "$address" -t kept -X acks=all; }
read_all() { kcat -C -q -e -b "$address" -t kept | paste -sd ' '; }
claim "unknown topics are not made by a producer" bash -c "! echo x | kcat -P -b $address -t unknown -X message.timeout.ms=2000 2>/dev/null"
send one
claim "restart comes back at the same place" same "$(on restart)" "$address"
claim "with its data" same "$(read_all)" one
send two
claim "a kill and a start as well" same "$(on restart --kill)" "$address"
claim "with its data" same "$(read_all)" "one two"
claim "stop ends it" on stop
claim "then nothing answers" same "$(code on status)" 1
claim "reset takes the folder away" on reset
claim "so that nothing is left" test ! -e "$dir"
mkdir "$dir" && touch "$dir/precious"
claim "a folder that holds something else is refused" same "$(code on start)" 2
claim "and not removed" same "$(code on reset)" 2
claim "its content stays" test -e "$dir/precious"
finish

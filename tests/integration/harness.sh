# Sourced by the integration tests: a temporary folder, the binary under test, and claims that say what they saw.
#
#   source "$(dirname "$0")/harness.sh"
#   claim "a second run is refused" test "$code" = 2
set -uo pipefail

millrace=$(realpath "$1")
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../.." && pwd)
work=$(mktemp -d)
failures=0
# A child that is killed before it has become its program still has its parent's trap: it is not to clean up.
is_main() { [ "$BASHPID" = "$$" ]; }
trap 'is_main && { kill $(jobs -p) 2>/dev/null; rm -rf "$work"; }' EXIT

# One claim: its words, then a command that must succeed.
claim() {
  local words=$1
  shift
  if "$@"; then echo "  ok   $words"; else echo "  FAIL $words ($*)"; failures=$((failures + 1)); fi
}
same() { [ "$1" = "$2" ] || { echo "    expected: $2"; echo "    got:      $1"; return 1; }; }

# Runs the binary quietly on a data folder; what it says goes to $work/said.
m() { "$millrace" "$@" 2>"$work/said"; }

# Waits until a command succeeds, at most so many seconds.
await() {
  local deadline=$((SECONDS + $1))
  shift
  until "$@" >/dev/null 2>&1; do
    [ "$SECONDS" -lt "$deadline" ] || return 1
    read -rt 0.05 <> <(:) || :
  done
}

# Runs a command of the binary that notes its place in the folder $1, and kills it with -9 when it has noted a new one.
# Fails when it came to its end.
kill_behind_note() {
  local folder=$1 before pid
  shift
  before=$(cat "$folder"/imports/* 2>/dev/null)
  "$millrace" "$@" 2>"$work/said" &
  pid=$!
  while kill -0 "$pid" 2>/dev/null && [ "$(cat "$folder"/imports/* 2>/dev/null)" = "$before" ]; do read -rt 0.002 <> <(:) || :; done
  { kill -KILL "$pid" && wait "$pid"; } 2>/dev/null
  ! grep -q complete "$folder"/imports/*
}

# Kills a `verify` beside the process that has the folder $1 when it has made a folder of its own there. Fails when it came to its end.
kill_verify() {
  local folder=$1 verify
  shift
  "$millrace" verify "$@" --data "$folder" >/dev/null 2>&1 &
  verify=$!
  while kill -0 "$verify" 2>/dev/null && ! compgen -G "$folder/scratch-*" >/dev/null; do read -rt 0.002 <> <(:) || :; done
  { kill -KILL "$verify" && wait "$verify"; } 2>/dev/null
  compgen -G "$folder/scratch-*" >/dev/null
}

topics() { "$millrace" topology --topics; }

# One line a topic: its name and the hash of all that it holds, with places and causes.
fingerprint() {
  local topic
  for topic in $(topics); do
    echo "$topic $("$millrace" tail "$topic" --data "$1" --json | sha256sum | cut -c1-16)"
  done
}

finish() { [ "$failures" -eq 0 ]; }

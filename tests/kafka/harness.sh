# Sourced by the tests against a real broker, with the binary under test as $1 and BROKERS (HOST:PORT) set: claims as in
# the integration tests, and brokers and proxies of a test's own, ended with it. KAFKA_VERSION is the release under test.
source "$(dirname "${BASH_SOURCE[0]}")/../integration/harness.sh"
: "${BROKERS:?tests/kafka needs a broker: BROKERS=\$(scripts/kafka start) bash tests/kafka/NAME.sh build/release/millrace}"
export BROKERS KAFKA_VERSION=${KAFKA_VERSION:-3.9}

kafka=$root/scripts/kafka
foreign=$root/tests/kafka/foreign
proxy=$root/tests/kafka/proxy
trap 'is_main && { end_brokers; kill $(jobs -p) 2>/dev/null; rm -rf "$work"; }' EXIT

# A name no other test uses.
fresh() { echo "$1-$$-$RANDOM"; }

# A broker of this test's own in folder $work/NAME; further words go to scripts/kafka start. Prints its address.
own_broker() {
  local name=$1
  shift
  "$kafka" start --version "$KAFKA_VERSION" --dir "$work/$name" --port auto "$@"
}
end_brokers() {
  local settings
  for settings in "$work"/*/settings; do
    [ ! -f "$settings" ] || "$kafka" reset --dir "$(dirname "$settings")"
  done
}

# Tells the proxy at $work/proxy.
tell() { "$proxy" tell "$work/proxy" "$@"; }

# --- instances: NAME has the folder $work/NAME, the log $work/NAME.log and the process ${pid[NAME]}; `cluster` holds the words
# that name the cluster to millrace, and the folder `door` is one that only asks and produces
declare -A pid
# Gives those NAMES the master key of a, with which the namespace was made.
share_key() {
  local name
  for name; do mkdir -p "$work/$name/keys" && install -m 600 "$work/a/keys/master" "$work/$name/keys/master"; done
}
start() { "$millrace" run "${cluster[@]}" --data "$work/$1" --threads 1 --cache-mb 32 2>>"$work/$1.log" & pid[$1]=$!; }
end() { kill -s "$1" "${pid[$2]}"; wait "${pid[$2]}" 2>/dev/null; }  # SIGNAL NAME
lines() { wc -l <"$work/$1.log" 2>/dev/null || echo 0; }
said() { tail -n "+$(($2 + 1))" "$work/$1.log" | grep -q "\"event\":\"$3\".*${4:-}"; }  # instance, lines before, event, words
settled() {
  "$millrace" status "${cluster[@]}" --data "$work/door" --json >"$work/rows" 2>/dev/null &&
    [ "$(jq -s 'map(select(.lag > 0)) | length' "$work/rows")" = 0 ]
}
now_ms() { date +%s%3N; }
restored() { grep '"event":"restore".*member 0' "$work/a.log" | tail -n 1 | jq -r .detail | sed 's/^member 0: //'; }
# Instance a starts, and commits within so many seconds; what it says of that is printed, not judged.
start_to_commit() {  # WHAT SECONDS
  local before began
  before=$(lines a) began=$(now_ms)
  start a
  claim "$1" await "$2" said a "$before" commit "member 0"
  echo "       $(($(now_ms) - began)) ms after its start; $(restored)"
}
# Three times: so many facts, of which some are folded when it is killed, and some that come while it is down; it is started again.
restart_rounds() {  # FACTS SECONDS
  local round
  for round in 1 2 3; do
    produce "$1"
    end KILL a
    produce 50  # else it may have folded all, and commits nothing until its next checkpoint
    start_to_commit "killed and started again it commits" "$2"
  done
}
part=0
produce() {  # so many facts that no one has seen
  part=$((part + 1))
  python3 "$root/tests/kafka/make_events.py" "$1" "$part" | sed "s/\"id\":\"e/\"id\":\"p$part-e/" >"$work/part"
  cat "$work/part" >>"$work/facts"
  until m produce "$work/part" "${cluster[@]}" --data "$work/door"; do :; done
}

# --- their end
stop_both() {  # NAME NAME
  end TERM "$1"
  end TERM "$2"
  claim "both stopped clean" same "$(tail -qn1 "$work/$1.log" "$work/$2.log" | jq -r .event | xargs)" "stop stop"
}
one_effect_each() {  # as the brokers at ADDRESS show it; no instance of folder `door` runs
  claim "every fact has exactly one effect at every stage" \
    "$root/tests/kafka/check_effects.py" "$millrace" "$1" "${cluster[3]}" "$work/door" "$work/facts"
}
keep_logs() { [ -z "${KEEP:-}" ] || cp "$work"/*.log "$KEEP"; }  # KEEP names a folder that gets them

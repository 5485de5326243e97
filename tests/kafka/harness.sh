# Sourced by the tests against a real broker, with the binary under test as $1 and BROKERS (HOST:PORT) set: claims as in
# the integration tests, and brokers and proxies of a test's own, ended with it. KAFKA_VERSION is the release under test.
source "$(dirname "${BASH_SOURCE[0]}")/../integration/harness.sh"
: "${BROKERS:?tests/kafka needs a broker: BROKERS=\$(scripts/kafka start) bash tests/kafka/NAME.sh build/release/millrace}"
export BROKERS KAFKA_VERSION=${KAFKA_VERSION:-3.9}

kafka=$root/scripts/kafka
foreign=$root/tests/kafka/foreign
proxy=$root/tests/kafka/proxy
trap 'end_brokers; kill $(jobs -p) 2>/dev/null; rm -rf "$work"' EXIT

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

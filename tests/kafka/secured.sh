#!/usr/bin/env bash
# A broker that asks for TLS, a password and rights: the settings of millrace.toml reach every client of an instance, the
# rights that CLUSTER.md names are enough, and each thing that is wrong is said with what to do, never with the password.
source "$(dirname "$0")/harness.sh"

plain=$(own_broker secured --secure)
secure=$(cat "$work/secured/tls/address")
fact() { echo '{"specversion":"1.0","id":"'"$1"'","source":"crm","type":"lead.captured","tenant":"acme","time":"2026-01-31T09:30:00Z","data":{"lead_source":"csv","email":"'"$1"'@example.com","company":"Example"}}'; }

# Settings in $work/NAME/millrace.toml, then millrace from there: with NAME "user mechanism password protocol authority".
settings() {
  mkdir -p "$work/$1/one/keys"
  [ ! -f "$work/good/one/keys/master" ] || cp -n "$work/good/one/keys/master" "$work/$1/one/keys/master"
  cat >"$work/$1/millrace.toml" <<T
brokers = "$secure"
namespace = "acme"
data = "one"
[kafka]
"security.protocol" = "$5"
T
  [ -z "$6" ] || echo "\"ssl.ca.location\" = \"$6\"" >>"$work/$1/millrace.toml"
  [ -z "$2" ] || printf '"sasl.mechanism" = "%s"\n"sasl.username" = "%s"\n"sasl.password" = "%s"\n' "$3" "$2" "$4" >>"$work/$1/millrace.toml"
}
in_folder() { (cd "$work/$1" && exec "$millrace" "${@:2}" 2>"$work/$1/said"); }
said() { grep -q "$2" "$work/$1/said"; }
hidden() { ! grep -rq "$2" "$work/$1/said"; }

authority=$work/secured/tls/ca.pem
"$foreign" allow "$plain" millrace acme
# Before 2.6.1 librdkafka cannot log in by SCRAM at release 4.
mechanism=SCRAM-SHA-512
case $KAFKA_VERSION in 4*) mechanism=PLAIN ;; esac
settings good millrace "$mechanism" millrace-secret sasl_ssl "$authority"
in_folder good topology --create --partitions 2
claim "with the rights that CLUSTER.md names a namespace is made" same "$?" 0
for i in $(seq 1 50); do fact "e$i"; done | in_folder good produce -
claim "facts are taken" same "$?" 0
(cd "$work/good" && exec "$millrace" run 2>said) &
run=$!
decided() { [ "$(in_folder good tail routing.decisions --type route.decided --json | jq -r .data.lead_id | sort -u | wc -l)" = 50 ]; }
claim "each is decided, exactly once, over TLS with $mechanism" await 60 decided
kill -TERM "$run"
wait "$run"
claim "a signal stops it clean" same "$?" 0
printf '[log]\nkeep = "2s"\n' >>"$work/good/millrace.toml"
"$foreign" forbid "$plain" millrace acme
(cd "$work/good" && exec "$millrace" run 2>trimming) &
run=$!
refusals() { grep -c '"event":"fault".*Delete' "$work/good/trimming"; }
claim "TM-4: without the right Delete it says so" await 60 eval '[ "$(refusals)" -ge 1 ]'
fact later | in_folder good produce -
folded() { [ "$(in_folder good tail routing.decisions --type route.decided --json | jq -r .data.lead_id | sort -u | wc -l)" = 51 ]; }
claim "  and folds what comes" await 60 folded
"$foreign" permit "$plain" millrace acme
trimmed() { in_folder good status --json | jq -es 'map(.start) | add > 0'; }
claim "TM-4: with the right what is older than log.keep is dropped, by the same process" await 60 trimmed
claim "  which has said once what it lacked" same "$(refusals)" 1
kill -TERM "$run"
wait "$run"
settings plain millrace PLAIN millrace-secret sasl_ssl "$authority"
in_folder plain status --json >"$work/status"
claim "PLAIN works as well" same "$?" 0
claim "nothing waits" sh -c "jq -es 'length > 0 and all(.lag == 0)' \"\$1\" >/dev/null" - "$work/status"

refused() {  # NAME WORD CLAIM
  in_folder "$1" status >/dev/null
  claim "$3" same "$?" 2
  claim "  and says so" said "$1" "$2"
  claim "  without the password" hidden "$1" "${4:-wrong-secret}"
}
settings wrong millrace SCRAM-SHA-512 wrong-secret sasl_ssl "$authority"
refused wrong "authentication_failed" "a wrong password is refused"
claim "  and names the broker and the settings to look at" said wrong "$secure.*sasl.username and sasl.password"
in_folder wrong run >/dev/null
claim "run with a wrong password ends, since waiting would not mend it" same "$?" 2
claim "  and that this librdkafka may be the reason" said wrong "cannot log in by SCRAM at Apache Kafka 4"
settings unknown millrace SCRAM-SHA-512 millrace-secret sasl_ssl ""
refused unknown "tls_failed" "a broker whose authority is not known is not talked to" millrace-secret
settings open "" "" "" plaintext ""
refused open "security.protocol" "who speaks in clear to a listener that asks for TLS is told"
settings stranger stranger PLAIN stranger-secret sasl_ssl "$authority"
refused stranger "none that this user may see" "a user without rights sees no namespace" stranger-secret
in_folder stranger topology --create >/dev/null
claim "and cannot make one" same "$?" 2
claim "  and is told what right is missing" said stranger "topic_unauthorised"
finish

#!/usr/bin/env bash
# What an administrator can do to a namespace by hand: nothing is lost by it, or put out twice, and what is said names what was done.
source "$(dirname "$0")/harness.sh"

ns=$(fresh hands)
on=(--brokers "$BROKERS")
cluster=("${on[@]}" --namespace "$ns")
create() { "$millrace" topology --create "${on[@]}" --namespace "$1" --data "$work/$2" --partitions 2; }
refused() { ! "${@:2}" >"$work/out" 2>&1 && grep -q "$1" "$work/out"; }  # CODE COMMAND…
records() { kcat -C -e -q -b "$BROKERS" -t "$1" -o beginning -f '%o\n' | wc -l; }
make_anew() { "$foreign" create "$BROKERS" "$1" "${2:-2}" cleanup.policy=compact delete.retention.ms=604800000 max.message.bytes=8388608 segment.bytes=67108864; }
ended() { ! kill -0 "${pid[a]}" 2>/dev/null && tail -n "+$((before + 1))" "$work/a.log" | grep -q "$1"; }
# The instance loses its disk, and all facts come again.
lose_disk() {
  end TERM a
  rm -r "$work/a/state"
  start a
  cp "$work/facts" "$work/again"
  m produce "$work/again" "${cluster[@]}" --data "$work/door"
  produce 50
  claim "and on a new disk, when all facts come again" await 60 settled
}

create "$ns" a
printf '[kafka]\n"topic.metadata.refresh.interval.ms" = 2000\n' >"$work/a/millrace.toml"
share_key door

# --- folders that belong elsewhere
m run --once --data "$work/embedded" </dev/null
claim "CN-8: a folder of the embedded log makes no namespace on a cluster" refused "(exists)" create "$ns-2" embedded
claim "nor joins one" refused "(exists)" "$millrace" run "${cluster[@]}" --data "$work/embedded"
claim "and is as it was" m verify --data "$work/embedded"
create "$ns-3" other
claim "CN-8: a folder of another namespace is told so" refused "is the folder of the namespace $ns-3, not of" create "$ns" other
claim "and keeps its keys" create "$ns-3" other

# --- a changelog that was deleted and made anew
start a
produce 200
claim "an instance folds what comes" await 60 settled
end TERM a
"$foreign" remove "$BROKERS" "$ns.crm.events.changelog"
claim "the changelog of the front door's inbox is deleted and made anew" await 30 make_anew "$ns.crm.events.changelog" 2>/dev/null
start a
produce 50
claim "the instance goes on" await 60 settled
lose_disk
end TERM a
claim "BU-4: no fact has taken effect twice" "$root/tests/kafka/check_effects.py" "$millrace" "$BROKERS" "$ns" "$work/door" "$work/facts"

# --- a changelog that was deleted, and is not made anew by hand
"$foreign" remove "$BROKERS" "$ns.leads.harvested.changelog"
claim "who starts without a changelog is told what mends that" refused "topology --create .* mends the namespace" "$millrace" run "${cluster[@]}" --data "$work/a"
claim "and it does" await 30 create "$ns" a
before=$(lines a)
start a
claim "it comes up" await 60 said a "$before" ready ""
produce 20
claim "and folds on" await 60 settled
end TERM a
claim "BU-4: no fact has taken effect twice" "$root/tests/kafka/check_effects.py" "$millrace" "$BROKERS" "$ns" "$work/door" "$work/facts"

# --- deleted and made anew under a running instance
before=$(lines a)
start a
claim "it comes up" await 60 said a "$before" ready ""
"$foreign" remove "$BROKERS" "$ns.crm.events.changelog"
claim "a changelog is deleted and made anew under a running instance" await 30 make_anew "$ns.crm.events.changelog" 2>/dev/null
produce 20
claim "which goes on" await 60 settled
lose_disk
claim "CN-8: a folder whose instance runs acts for no other namespace" refused "(other_namespace)" "$millrace" arm email --tenant acme --reason test --off "${on[@]}" --namespace "$ns-3" --data "$work/a"
claim "nor makes one" refused "is the folder of the namespace $ns, not of" create "$ns-5" a
claim "nor takes facts for it" refused "(other_namespace)" "$millrace" produce "$work/again" "${on[@]}" --namespace "$ns-3" --data "$work/a"
end TERM a
claim "BU-4: no fact has taken effect twice" "$root/tests/kafka/check_effects.py" "$millrace" "$BROKERS" "$ns" "$work/door" "$work/facts"
before=$(cat "$work/a/keys/followed")
claim "CN-8: a folder that was stopped joins no other namespace" refused "is the folder of the namespace $ns, not of" "$millrace" run "${on[@]}" --namespace "$ns-3" --data "$work/a"
claim "nor makes a new one" refused "is the folder of the namespace $ns, not of" create "$ns-5" a
rm "$work/a/namespace"
claim "nor where only its keys tell" refused "keys of another namespace" "$millrace" run "${on[@]}" --namespace "$ns-3" --data "$work/a"
claim "and keeps its keys" same "$(cat "$work/a/keys/followed")" "$before"
claim "as it does on the way home" "$millrace" produce "$work/again" "${cluster[@]}" --data "$work/a"
claim "nor is its state told as another's" refused "is the folder of the namespace $ns, not of" "$millrace" state ls score lead acme/ "${on[@]}" --namespace "$ns-3" --data "$work/a"
claim "nor what it has armed" eval '"$millrace" status "${on[@]}" --namespace "$ns-3" --data "$work/a" 2>&1 | grep -q "not known in this folder: .* is the folder of the namespace $ns"'
claim "nor is it verified as another" refused "is the folder of the namespace $ns, not of" "$millrace" verify "${on[@]}" --namespace "$ns-3" --data "$work/a"
mkdir -p "$work/wrong/keys"
cp -p "$work/other/keys/master" "$work/wrong/keys/"
claim "a folder with another namespace's master key is told so" refused "(wrong_master_key)" "$millrace" run "${cluster[@]}" --data "$work/wrong"
claim "and can join its own" "$millrace" produce "$work/again" "${on[@]}" --namespace "$ns-3" --data "$work/wrong"

# --- a creation that was cut short before the first records
create "$ns-6" c
for topic in control control.changelog; do "$foreign" remove "$BROKERS" "$ns-6.$topic"; done
rm -r "$work/c/state"
await 30 make_anew "$ns-6.control.changelog" 1 2>/dev/null
claim "who makes a namespace is cut short before its first records" await 30 "$foreign" create "$BROKERS" "$ns-6.control" 1 max.message.bytes=8388608 message.timestamp.type=LogAppendTime retention.ms=-1 2>/dev/null
claim "nobody comes up there, and is told who ends it" refused "(cut_short)" "$millrace" run "${on[@]}" --namespace "$ns-6" --data "$work/c"
claim "CN-8: nor does its folder make another namespace" refused "is the folder of the namespace $ns-6, not of" create "$ns-7" c
claim "it ends it" create "$ns-6" c
claim "with its first records" eval '[ "$(records "$ns-6.control")" -ge 2 ]'

# --- more partitions
before=$(lines a)
start a
claim "it comes up" await 60 said a "$before" ready ""
"$foreign" raise "$BROKERS" "$ns.crm.events" 3
claim "MB-7: an instance under which somebody raises the partitions of a topic ends, and says which" await 90 ended "partitions_raised.*$ns.crm.events"
before=$(lines a)
start a
claim "so does the next one" await 60 ended "bad_topics.*$ns.crm.events has partitions 3 and needs 2"
claim "which blames no other topic" eval '! tail -n 1 "$work/a.log" | grep -q leads.harvested'

# --- the front door's topic deleted
create "$ns-4" b
begun=$(records "$ns-4.control")
"$foreign" remove "$BROKERS" "$ns-4.crm.events"
claim "who starts without the front door's topic is told that it is gone" refused "topics_gone" "$millrace" run "${on[@]}" --namespace "$ns-4" --data "$work/b"
claim "it is not made anew empty" refused "topics_gone" create "$ns-4" b
claim "and the namespace does not begin a second time" same "$(records "$ns-4.control")" "$begun"
finish

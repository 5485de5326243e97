#!/usr/bin/env bash
# An operator at the desk of a cluster: verify and arm beside a running instance, look into its state, running or not, open a
# dead letter, and be told what to do where something is missing.
source "$(dirname "$0")/harness.sh"
says() { grep -q -- "$1" "$work/said"; }

ns=$(fresh desk)
cluster=(--brokers "$BROKERS" --namespace "$ns")
on() { m "$@" "${cluster[@]}"; }
fact() { echo '{"id":"'"$1"'","source":"crm","type":"'"${3:-lead.captured}"'","tenant":"'"${2:-acme}"'","time":"2026-01-31T09:30:00Z","data":{"lead_source":"csv","email":"'"$1"'.person@example.com","company":"Example"}}'; }
decided() { [ "$(on tail routing.decisions --type route.decided --json | wc -l)" -ge "$1" ]; }

on simulate --data "$work/simulated"
claim "a simulation on a cluster is refused" says "log of a data folder"
claim "and makes no folder" test ! -e "$work/simulated"
on topology --create --data "$work/one" --partitions 2 >/dev/null
on dlq show crm.events.dlq 0 0 --data "$work/nobody"
on produce /dev/null --data "$work/nobody"
claim "who has no key of the namespace is told where it is" says "keys/master is missing"
claim "and no folder is made" test ! -e "$work/nobody"
for i in 1 2 3 4 5 6; do fact "lead$i"; done | on produce - --data "$work/one"
start one
claim "leads are decided" await 60 decided 6

# --- verify and arm beside the instance, from its own folder
on arm email --tenant acme --reason test --data "$work/one" >/dev/null
claim "nothing is armed before a verify" same "$?" 2
claim "and the command is said, with the cluster" says "run .millrace verify --brokers $BROKERS --namespace $ns --data $work/one."
on verify --data "$work/one" >"$work/proof"
claim "verify works beside the instance that has the folder" same "$?" 0
claim "and proves" grep -q '^proven' "$work/proof"
nothing_left() { ! compgen -G "$work/one/scratch*" >/dev/null; }
claim "nothing of it is left in the folder" nothing_left
claim "a verify that is killed leaves a folder" await 60 kill_verify "$work/one" "${cluster[@]}"
on verify --data "$work/one" >/dev/null
claim "which the next one removes, with its own" nothing_left
on status --data "$work/one" >"$work/shown"
claim "status says that nothing is armed" grep -q '^nothing is armed' "$work/shown"
claim "and does not call conserved what it did not count" test -z "$(grep ^conserved "$work/shown")"
on arm email --tenant acme --reason test --data "$work/one" >/dev/null
claim "then it is armed" same "$?" 0
armed() { on status --data "$work/one" | grep -q '^armed: email of acme acts for real until 20'; }
claim "status says so in words, from the instance's state" await 60 armed
claim "and in a row for programs" same "$(on status --data "$work/one" --json | jq -c 'select(.armed) | [.armed, .tenant, .until_ms > now * 1000]')" '["email","acme",true]'
on status --data "$work/door" >"$work/shown"
claim "a folder without state does not say that nothing is armed" grep -q '^what is armed is not known in this folder' "$work/shown"
on status --data "$work/door" --json >"$work/shown"
claim "nor to programs" says '^what is armed is not known in this folder'
on run --data "$work/one"
claim "a second process on the folder is refused" same "$?" 2
claim "and told how another instance is made" says "folder of its own"

# --- state
kept() { [ "$(on state ls score lead acme/ --data "$work/one" | wc -l)" = 6 ]; }
claim "state ls shows the rows of a running instance" await 60 kept
key=$(on state ls score lead acme/ --data "$work/one" | head -n 1 | cut -f 1)
on state get score lead "$key" --data "$work/one" >"$work/shown"
claim "state get shows one" grep -q "\"status\":" "$work/shown"
claim "state tables lists them" grep -qx lead <(on state tables score --data "$work/one")
on state get score nothing x --data "$work/one"
claim "a table that is none is named" says "keeps no table nothing"
on state ls nothing lead --data "$work/one"
claim "so is a stage" says "there is no stage nothing"
on state ls score lead --data "$work/other"
claim "a folder without state says what to give" says "Give --data of one"
claim "and is not made" test ! -e "$work/other"

# --- dead letters
fact Bad 'Big Co' | on produce - --data "$work/one" --dlq
dead() { on dlq ls | grep -q bad_tenant; }
claim "a bad record is a dead letter" await 60 dead
read -r partition offset < <(on dlq ls | jq -r '"\(.partition) \(.offset)"')
on dlq show crm.events.dlq "$partition" "$offset" --data "$work/one" >"$work/shown"
claim "dlq show opens it through the running instance" grep -q 'Bad.person@' "$work/shown"
on dlq show crm.events.dlq "$partition" "$offset" --data "$work/nobody" >"$work/shown"
claim "without the namespace's key it says that it is sealed, and what opens it" grep -q 'is sealed, and does not open here: .*keys/master' "$work/shown"

# --- environments
printf '[score]\ndisposable_file = "disposable.conf"\n' >"$work/policy.toml"
on policy apply "$work/policy.toml" --data "$work/one" >/dev/null
applied() { on tail crm.events --type control.policy_changed --json | grep -q disposable.conf; }
claim "a policy that names a list is live" await 60 applied
end TERM one
mkdir "$work/one/lists" && echo trash.example >"$work/one/lists/disposable.conf"
on verify --data "$work/one" >"$work/proof"
claim "folded again with a list that was not there it is another history" same "$?" 1
claim "both environments are named, with what to do" grep -q 'folded under [0-9a-f]* {without list disposable.conf [0-9a-f]*}, and again, by this command, under [0-9a-f]* {list disposable.conf.*Put back' "$work/proof"
rm -r "$work/one/lists"
on verify --data "$work/one" >"$work/proof"
claim "which proves it" same "$?" 0

on state get score lead "$key" --data "$work/one" >"$work/shown"
claim "state can be read when the instance is stopped" grep -q "\"status\":" "$work/shown"
on dlq show crm.events.dlq "$partition" "$offset" --data "$work/one" >"$work/shown"
claim "dlq show too" grep -q 'Bad.person@' "$work/shown"

# --- what a folder that lies behind, or has lost something, says of itself
cp -a "$work/one" "$work/bare"
rm -r "$work/bare/keys/store" "$work/bare/state/score-1"
on verify --data "$work/bare" >"$work/proof"
claim "BS-2: a folder that has lost its keys proves with those of the cluster" same "$?" 0
on state ls score lead --data "$work/bare" >/dev/null
claim "KP-2: a folder without one of the partitions says so" says "keeps 1 of the 2 partitions of score"
mkdir -p "$work/two/keys" && install -m 600 "$work/one/keys/master" "$work/two/keys/master"
start two
claim "another instance takes over" await 60 said two 0 commit "member 0"
on arm email --tenant acme --reason test --off --data "$work/two"
claim "it has no key of an operator, and says whose to use" says "the folder that made the namespace.*no_operator_key"
on arm email --tenant acme --reason test --off --data "$work/one" >/dev/null
claim "with which the folder that made the namespace disarms" same "$?" 0
disarmed() { on status --data "$work/two" | grep -q '^nothing is armed'; }
claim "the other instance folds that" await 60 disarmed
on status --data "$work/one" >"$work/shown"
claim "KP-1: a folder that does not know it yet says how old what it tells is" \
  grep -q '^what is armed is told as of the last checkpoints, up to [1-9][0-9]* records behind' "$work/shown"
on state ls score lead acme/ --data "$work/one" >/dev/null
claim "KP-1: so do the rows of its state" says "^as of the last checkpoints, up to [1-9][0-9]* records behind"
end TERM two

# --- topics that somebody deleted
"$foreign" remove "$BROKERS" "$ns.ads.change_history"
absent() { ! kcat -L -b "$BROKERS" | grep -q "\"$1\""; }
claim "an output is deleted" await 20 absent "$ns.ads.change_history"
on run --data "$work/one"
claim "an instance does not start without it" same "$?" 2
claim "and says which is gone, and what makes it again" says "$ns.ads.change_history.*millrace topology --create --brokers $BROKERS --namespace $ns --data $work/one"
on topology --create --data "$work/one" >/dev/null
claim "that does" same "$?" 0
claim "a verify is killed while no instance runs" await 60 kill_verify "$work/one" "${cluster[@]}"
start one
before=$(lines one)
claim "and the instance starts" await 60 said one "$before" commit "member 0"
claim "which removes what that left" nothing_left
"$foreign" remove "$BROKERS" "$ns.leads.scored"
fact more | on produce - --data "$work/one"
claim "a running instance that lost an inbox says which, and goes on trying" await 120 said one "$before" fault "$ns.leads.scored"
claim "as a warning" test -z "$(grep '"level":"error"' "$work/one.log")"
on topology --create --data "$work/one"
claim "what others fold from is not made anew empty" says "put the topics back from a backup"
finish

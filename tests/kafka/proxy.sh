#!/usr/bin/env bash
# The proxy of the chaos tests: clients stay behind it, and it holds, drops and doubles the requests it is told to.
source "$(dirname "$0")/harness.sh"

listen=$((21000 + RANDOM % 1000))
direct=$(own_broker broker --advertise "$listen")
"$proxy" run --listen "$listen" --broker "${direct#*:}" --control "$work/proxy" --trace "$work/trace" &
await 10 tell seen Metadata
through=127.0.0.1:$listen
"$foreign" create "$through" topic 1

# acks=all and no idempotence: what the network does to a request is seen in the topic.
send() { kcat -P -E -b "$through" -t topic -X enable.idempotence=false -X acks=all -X socket.timeout.ms=2000 "$@"; }
read_all() { kcat -C -q -e -b "$through" -t topic -X isolation.level=read_committed 2>/dev/null | paste -sd ' '; }

claim "metadata leads clients back to the proxy" same "$(kcat -L -b "$direct" | grep -c "broker 1 at $through")" 1
echo plain | send
claim "a record passes" same "$(read_all)" plain
claim "and its request was seen" test "$(tell seen Produce)" -ge 1

tell duplicate Produce
echo twice | send
claim "a doubled request has its effect twice" same "$(read_all)" "plain twice twice"

tell drop Produce
echo lost-answer | send 2>/dev/null
claim "a request without its answer is sent again by the client" same "$(read_all)" "plain twice twice lost-answer lost-answer"

tell hold Produce
echo held | send -X socket.timeout.ms=60000 &
sender=$!
claim "a held request is awaited, not slept for" tell await-held Produce 1 20
claim "before its release there is nothing" same "$(read_all | grep -c held)" 0
tell release Produce
claim "after it the client is answered" wait "$sender"
claim "and the record is there" same "$(read_all | grep -o held)" held

tell delay Produce 300
echo delayed | send
claim "a delayed request arrives" same "$(read_all | grep -o delayed)" delayed

tell hold EndTxn
echo in-transaction | kcat -P -b "$through" -t topic -X transactional.id=proxy-test -X transaction.timeout.ms=60000 2>"$work/said" &
sender=$!
claim "the end of a transaction is recognised" tell await-held EndTxn 1 30
claim "while it is held its records are not read" same "$(read_all | grep -c in-transaction)" 0
tell release EndTxn
claim "released, it commits" wait "$sender"
claim "and they are read" same "$(read_all | grep -o in-transaction)" in-transaction

claim "what does not come is said in time" test "$(tell await-held EndTxn 1 1 2>/dev/null; echo $?)" = 1
claim "a command it does not know is refused" test "$(tell explode Produce 2>/dev/null; echo $?)" = 2
claim "the trace names what was done" same \
  "$(jq -r 'select(.action != "pass") | .kind + " " + .action' "$work/trace" | paste -sd ,)" \
  "Produce duplicate,Produce drop,Produce hold,Produce released,Produce delay,EndTxn hold,EndTxn released"
finish

#!/usr/bin/env bash
# The torn transaction: the first request to end one is late, the client sends it again by itself, and the late twin arrives
# in the middle of the next transaction. Without the watch over requests it commits half a batch, which is then there
# twice; with it nothing is. And the transaction whose end never arrives: its batch is sent again, unless what is in it was
# made of records that were folded from memory, at offsets which they will not have again; then the member goes back.
source "$(dirname "$0")/harness.sh"

two_batches=$(dirname "$millrace")/tests/millrace_two_batches
listen=$((22000 + RANDOM % 1000))
direct=$(own_broker broker --advertise "$listen")
"$proxy" run --listen "$listen" --broker "${direct#*:}" --control "$work/proxy" --trace "$work/trace" &
await 10 tell seen Metadata
through=127.0.0.1:$listen

committed() { kcat -C -q -e -b "$through" -t "$ns.out" -X isolation.level=read_committed 2>/dev/null | paste -sd ' '; }
high() { kcat -Q -b "$through" -X isolation.level=read_uncommitted -t "$ns.out:0:-1" | grep -o '[0-9]*$'; }
grown() { [ "$(high)" -gt "$1" ]; }
says() {  # what the member answers to a step
  echo "$*" >&"${member[1]}"
  answer
}
answer() { local line=late; read -rt 60 line <&"${member[0]}"; echo "$line"; }

for defences in no-watch all; do
  ns=$(fresh torn)
  coproc member { "$two_batches" "$through" "$ns" 2000 "$defences" 2>>"$work/member-said"; }
  claim "$defences: a member joins" same "$(answer)" joined
  says send first >/dev/null
  tell hold EndTxn
  echo "commit 1" >&"${member[1]}"
  claim "$defences: the end of its transaction is held" tell await-held EndTxn 1 30
  claim "$defences: sent again by the library it is committed" same "$(answer)" committed
  before=$(high)
  says send second >/dev/null
  claim "$defences: half of the next batch is on the broker" await 20 grown "$before"
  before=$(tell seen EndTxn)
  tell release EndTxn
  if [ "$defences" = no-watch ]; then
    claim "no-watch: the late twin commits it" await 20 eval '[ "$(committed)" = "first second" ]'
  fi
  claim "$defences: the batch is aborted" same "$(says abort)" aborted
  says send second >/dev/null
  claim "$defences: sent anew it is committed" same "$(says commit 2)" committed
  exec {member[1]}>&-
  wait "$member_PID" 2>/dev/null
  if [ "$defences" = no-watch ]; then
    claim "no-watch: the damage: the second batch is there twice" same "$(committed)" "first second second"
  else
    claim "all: each batch is there once" same "$(committed)" "first second"
  fi
done

for defences in all chain; do
  ns=$(fresh ended)
  coproc member { "$two_batches" "$through" "$ns" 2000 "$defences" 2>>"$work/member-said"; }
  claim "$defences: a member joins" same "$(answer)" joined
  if [ "$defences" = chain ]; then
    says feed hop >/dev/null
    claim "chain: it has from memory what it sent to its own inbox" same "$(says chained)" hop
  fi
  says send first >/dev/null
  before=$(tell seen InitProducerId)
  tell hold EndTxn 100
  echo "commit 1" >&"${member[1]}"
  claim "$defences: the end of its transaction is held, however often it is sent" tell await-held EndTxn 1 30
  claim "$defences: it gives that transaction up" tell await-seen InitProducerId $((before + 1)) 60
  tell release EndTxn
  if [ "$defences" = chain ]; then
    claim "chain: what was made from memory is not sent again" same "$(answer)" behind
    claim "chain: and nothing of it is there" same "$(committed)" ""
    says send first >/dev/null
    claim "chain: folded anew it is committed" same "$(says commit 1)" committed
  else
    claim "all: sent again it is committed" same "$(answer)" committed
  fi
  claim "$defences: it is there once" same "$(committed)" first
  exec {member[1]}>&-
  wait "$member_PID" 2>/dev/null
done

# The same beside the next batch: what is sent for that waits until the first has ended, in whatever way.
for held in 1 100; do
  ns=$(fresh aside)
  coproc member { "$two_batches" "$through" "$ns" 2000 all 2>>"$work/member-said"; }
  claim "aside, $held held: a member joins" same "$(answer)" joined
  says send first >/dev/null
  before=$(tell seen InitProducerId)
  tell hold EndTxn "$held"
  claim "aside, $held held: the first batch is on its way" same "$(says aside 1)" begun
  claim "aside, $held held: its end is held" tell await-held EndTxn 1 30
  says send second >/dev/null
  if [ "$held" = 1 ]; then
    claim "aside, $held held: sent again by the library it is committed" same "$(says ended)" committed
    tell release EndTxn
  else
    echo ended >&"${member[1]}"
    claim "aside, $held held: that transaction is given up" tell await-seen InitProducerId $((before + 1)) 60
    tell release EndTxn
    claim "aside, $held held: sent again it is committed" same "$(answer)" committed
  fi
  claim "aside, $held held: the next one is committed behind it" same "$(says commit 2)" committed
  exec {member[1]}>&-
  wait "$member_PID" 2>/dev/null
  claim "aside, $held held: each batch is there once" same "$(committed)" "first second"
done

# While it asks for the group's coordinator the library looks at no clock: a call that it does not end is left behind.
ns=$(fresh forgotten)
coproc member { "$two_batches" "$through" "$ns" 2000 all 2>>"$work/member-said"; }
claim "forgotten: a member joins" same "$(answer)" joined
says send first >/dev/null
tell hold FindCoordinator 1000
echo "commit 1" >&"${member[1]}"
claim "forgotten: nobody says where the coordinator is" tell await-held FindCoordinator 1 30
said=$(answer)
claim "forgotten: the member does not wait for ever" test "$said" != late
tell release FindCoordinator
exec {member[1]}>&-
wait "$member_PID" 2>/dev/null
coproc member { "$two_batches" "$through" "$ns" 2000 all 2>>"$work/member-said"; }
claim "forgotten: its next life joins" same "$(answer)" joined
says send first >/dev/null
claim "forgotten: and commits" same "$(says commit 1)" committed
claim "forgotten: the batch is there once" same "$(committed)" first
exec {member[1]}>&-
wait "$member_PID" 2>/dev/null
finish

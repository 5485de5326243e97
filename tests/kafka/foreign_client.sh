#!/usr/bin/env bash
# The foreign client that other tests lean on says what is there: both modes of CloudEvents, and only what is committed.
source "$(dirname "$0")/harness.sh"

topic=$(fresh events)
event() { echo '{"specversion":"1.0","id":"'"$1"'","source":"crm","type":"lead.captured","tenant":"acme","time":"2026-01-31T09:30:00Z","data":{"email":"ann@example.com"}}'; }

claim "a topic is made" "$foreign" create "$BROKERS" "$topic" 3 message.timestamp.type=LogAppendTime
event e1 | "$foreign" produce "$BROKERS" "$topic" binary
event e2 | "$foreign" produce "$BROKERS" "$topic" structured
event e3 | "$foreign" produce "$BROKERS" "$topic" binary abort
event e4 | "$foreign" produce "$BROKERS" "$topic" binary commit
claim "what was committed is read" "$foreign" consume "$BROKERS" "$topic" 3 30
"$foreign" consume "$BROKERS" "$topic" >"$work/read"
claim "in binary mode attributes are headers, data is the value" same \
  "$(jq -rs '.[0] | [.headers.ce_id, .headers.ce_tenant, .headers["content-type"], (.value | fromjson | .email)] | join(" ")' "$work/read")" \
  "e1 acme application/json ann@example.com"
claim "in structured mode the value is the event" same \
  "$(jq -rs '.[1] | [(.value | fromjson | .id), .headers["content-type"]] | join(" ")' "$work/read")" \
  "e2 application/cloudevents+json; charset=UTF-8"
claim "an aborted event is not read, the committed one after it is" same \
  "$(jq -r '.headers.ce_id // (.value | fromjson | .id)' "$work/read" | paste -sd ' ')" "e1 e2 e4"
claim "the key is the tenant" same "$(jq -r .key "$work/read" | sort -u)" acme
claim "kcat reads the same" same \
  "$(kcat -C -q -e -X isolation.level=read_committed -b "$BROKERS" -t "$topic" -f '%k\n' | sort | uniq -c | xargs)" "3 acme"
finish

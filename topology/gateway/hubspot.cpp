#include "topology/gateway/hubspot.h"

#include "topology/gateway/fields.h"
#include "topology/harvest/contact.h"
#include "topology/harvest/csv.h"

namespace millrace::gateway {

namespace {

std::string hubspot_id(std::string_view object) { return "hs:" + std::string(object); }

// What is put together while an event is read.
struct HubspotDraft {
  std::string type;
  wire::ObjectText data;
  void deal(std::string_view of_type, std::string_view deal_id) {
    type = of_type;
    data.text("deal_id", hubspot_id(deal_id));
  }
  void contact(std::string_view of_type, std::string_view contact_id) {
    type = of_type;
    data.text("external_id", hubspot_id(contact_id));
  }
};

// Each of these fills the draft; false: the event tells nothing that is taken.
bool deal_property(const Value& event, const harvest::StageAliases& stages, HubspotDraft& draft) {
  const std::string& property = event.member("propertyName").text();
  const Value& value = event.member("propertyValue");
  const std::string& deal = event.member("objectId").text();
  if (property == "dealstage") {
    if (harvest::trimmed(value.text()).empty()) return false;
    draft.deal("crm.stage_changed", deal);
    draft.data.text("stage_to", harvest::stage_alias(value.text(), stages));
    draft.data.text("raw_stage", value.text());
    return true;
  }
  draft.deal("crm.deal_updated", deal);
  if (property == "amount") return set_field(draft.data, "amount_cents", harvest::FieldKind::amount, value);
  if (property == "deal_currency_code") return set_field(draft.data, "currency", harvest::FieldKind::currency, value);
  return false;
}

bool contact_property(const Value& event, const HubspotFields& fields, HubspotDraft& draft) {
  const std::string& property = event.member("propertyName").text();
  const Value& value = event.member("propertyValue");
  const std::string& contact = event.member("objectId").text();
  if (property == "hs_email_optout") {
    draft.contact("consent.changed", contact);
    draft.data.text("consent", "DNC");
    return harvest::lower_case(value.text()) == "true";
  }
  const auto field = fields.find(property);
  wire::ObjectText set;
  if (property.empty() || !set_lead_field(set, field == fields.end() ? property : field->second, value, ";,")) return false;
  draft.contact("lead.updated", contact);
  draft.data.raw("set", set.json());
  return true;
}

bool association(const Value& event, bool from_deal, HubspotDraft& draft) {
  const char* const named = from_deal ? "DEAL_TO_CONTACT" : "CONTACT_TO_DEAL";
  if (event.member("associationType").text() != named || event.member("associationRemoved").is_true()) return false;
  const std::string& from = event.member("fromObjectId").text();
  const std::string& to = event.member("toObjectId").text();
  if (from.empty() || to.empty()) return false;
  draft.deal("crm.deal_linked", from_deal ? from : to);
  draft.data.text("external_id", hubspot_id(from_deal ? to : from));
  return true;
}

bool merge(const Value& event, HubspotDraft& draft) {
  std::string primary = event.member("primaryObjectId").text();
  if (primary.empty()) primary = event.member("objectId").text();
  std::vector<std::string> others;
  for (const Value& each : event.member("mergedObjectIds").items()) others.push_back(hubspot_id(each.text()));
  if (const std::string& made = event.member("newObjectId").text(); !made.empty() && made != primary) others.push_back(hubspot_id(made));
  if (primary.empty() || others.empty()) return false;
  draft.contact("lead.updated", primary);
  draft.data.list("merge_external_ids", others);
  return true;
}

}  // namespace

HubspotFields default_hubspot_fields() {
  return {{"annualrevenue", "annual_revenue_cents"},
          {"firstname", "first_name"},
          {"jobtitle", "role"},
          {"lastname", "last_name"},
          {"numberofemployees", "employee_count"}};
}

Mapped hubspot_fact(const Value& event, const HubspotPortals& portals, const HubspotFields& fields, const harvest::StageAliases& stages) {
  const std::string& portal = event.member("portalId").text();
  const auto tenant = portals.find(portal);
  if (tenant == portals.end()) return {{}, "unknown_tenant"};

  std::string object = event.member("objectId").text();
  if (const std::string& from = event.member("fromObjectId").text(); !from.empty()) object = from + "-" + event.member("toObjectId").text();
  const std::string occurred = event.member("occurredAt").text();
  const std::string id = "hs:" + portal + ":" + event.member("subscriptionId").text() + ":" + event.member("eventId").text() + ":" + object + ":" +
                         occurred + ":" + event.member("propertyName").text();

  HubspotDraft draft;
  const std::string& kind = event.member("subscriptionType").text();
  bool taken = false;
  if (kind == "deal.propertyChange") {
    taken = deal_property(event, stages, draft);
  } else if (kind == "contact.propertyChange") {
    taken = contact_property(event, fields, draft);
  } else if (kind == "deal.associationChange" || kind == "contact.associationChange") {
    taken = association(event, kind.starts_with("deal"), draft);
  } else if (kind == "contact.creation") {
    draft.contact("lead.captured", object);
    draft.data.text("lead_source", "hubspot");
    taken = true;
  } else if (kind == "contact.merge") {
    taken = merge(event, draft);
  } else if (kind == "contact.privacyDeletion") {
    draft.contact("lead.erase_requested", object);
    draft.data.text("request_id", id);
    taken = true;
  }
  if (!taken) return {};
  const auto occurred_ms = event.member("occurredAt").integer();
  if (occurred_ms) draft.data.number(draft.type == "consent.changed" ? "captured_ms" : "occurred_ms", *occurred_ms);
  return {Fact{id, "hubspot/" + portal, tenant->second, std::move(draft.type), occurred_ms.value_or(0), draft.data.json()}, {}};
}

}  // namespace millrace::gateway

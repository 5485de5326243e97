#include "node/sealed_fact.h"

#include <algorithm>
#include <array>
#include <map>
#include <optional>

#include "core/hash.h"
#include "core/json.h"
#include "core/time.h"
#include "node/fold_keyring.h"
#include "node/members.h"
#include "topology/harvest/contact.h"
#include "topology/harvest/naming.h"
#include "topology/harvest/patch.h"
#include "topology/harvest/source_quality.h"

namespace millrace::node {

namespace {

using wire::JsonMember;
using wire::JsonValue;
using wire::StrictJson;

constexpr auto kPersonal = std::to_array<std::string_view>(
    {"email", "first_name", "form_url", "ip", "last_name", "linkedin_url", "name", "phone", "user_agent", "website", "subject", "body", "diagnostic"});

bool is_personal(std::string_view name) { return std::find(kPersonal.begin(), kPersonal.end(), name) != kPersonal.end(); }

// Facts of machines, in which a name is no person's.
bool tells_of_nobody(std::string_view type) {
  return type == "pull.advanced" || type == "ad.metrics" || type == "ad.change_result";
}

// The order of spec/harvest.md section 6, then what is left.
struct Owners {
  std::string external_id, email, linkedin, phone, lead_id, role_email;
  std::string first(const std::string& otherwise) const {
    for (const auto* each : {&external_id, &email, &linkedin, &phone, &lead_id, &role_email})
      if (!each->empty()) return *each;
    return otherwise;
  }
};

class Sealer {
 public:
  Sealer(StrictJson& json, const harvest::Envelope& envelope, Keyring& keys) : json_(json), envelope_(envelope), keys_(keys) {}

  std::string seal() {
    if (tells_of_nobody(envelope_.type) || StrictJson::find(envelope_.members, "sealed")) return {};  // SF-5
    find_owners(envelope_.members);
    Members data = members_of(envelope_.members);
    Members secret;
    const bool in_set = envelope_.type == "lead.updated";
    take_personal(data, secret, in_set);
    const bool ref_by_email = in_set && data.erase("email") > 0;  // the token names the lead
    if (in_set) take_set(data, secret);
    if (envelope_.type == "engagement.replied") take_in_reply_to(data, secret);
    if (secret.empty() && !ref_by_email) return {};

    const std::string id = record_id(envelope_.tenant, envelope_.source, envelope_.id);
    const SealingKey& key = keys_.key_for(envelope_.tenant, owners_.first("anonymous/" + utc_date(envelope_.event_ms)), id);
    std::string sealed;
    keys_.seal(key, id, envelope_.type, text_of(secret), sealed);
    append_json_string(data["sealed"], sealed);
    Members tokens;
    for (const auto& [kind, token] : tokens_) append_json_string(tokens[kind], token);
    if (!tokens.empty()) data["tokens"] = text_of(tokens);
    return text_of(data);
  }

 private:
  std::string token(std::string_view normal) { return keys_.token(envelope_.tenant, harvest::kAddressKind, normal); }

  // Identifiers of data, or of the set of an update.
  void find_owners(const std::vector<JsonMember>& members) {
    const std::string prefix = envelope_.type == "lead.captured" ? harvest::source_name(string_in(json_, members, "lead_source")) : "api";
    std::vector<JsonValue> ids;
    if (const JsonValue* one = StrictJson::find(members, "external_id")) ids.push_back(*one);
    if (const JsonValue* list = StrictJson::find(members, "external_ids"); list && list->is(JsonValue::Kind::array)) json_.elements_of(*list, ids);
    for (const JsonValue& id : ids)
      if (const auto normal = harvest::prefixed_id(json_.string_of(id), prefix); normal && owners_.external_id.empty())
        owners_.external_id = keys_.token(envelope_.tenant, harvest::kExternalKind, *normal);
    if (const auto email = harvest::normal_email(string_in(json_, members, "email"))) {
      const bool role = harvest::is_role_address(*email);
      (role ? owners_.role_email : owners_.email) = tokens_[role ? "role_email" : "email"] = token(*email);
    }
    if (const auto linkedin = harvest::normal_linkedin(string_in(json_, members, "linkedin_url"))) owners_.linkedin = tokens_["linkedin"] = token(*linkedin);
    if (const auto phone = harvest::normal_phone(string_in(json_, members, "phone"), "")) owners_.phone = tokens_["phone"] = token(*phone);  // SF-6
    if (owners_.lead_id.empty()) owners_.lead_id = owner_named(string_in(json_, members, "lead_id"));
  }

  void take_personal(Members& data, Members& secret, bool but_email) {
    for (auto it = data.begin(); it != data.end();) {
      if (!is_personal(it->first) || it->second == "null" || (but_email && it->first == "email")) ++it;
      else secret.insert(data.extract(it++));
    }
  }

  void take_set(Members& data, Members& secret) {
    const JsonValue* set = StrictJson::find(envelope_.members, "set");
    if (!set || !set->is(JsonValue::Kind::object)) return;
    std::vector<JsonMember> members;
    json_.members_of(*set, members);
    const auto of_ref = tokens_;
    const std::string ref_lead = owners_.lead_id;
    if (owners_.first({}).empty()) find_owners(members);
    tokens_ = of_ref;  // beside an update stand the tokens of its reference alone
    owners_.lead_id = ref_lead;
    Members left = members_of(members);
    take_personal(left, secret, false);
    data["set"] = text_of(left);
  }

  void take_in_reply_to(Members& data, Members& secret) {
    const JsonValue* headers = StrictJson::find(envelope_.members, "headers");
    if (!headers || !headers->is(JsonValue::Kind::object)) return;
    std::vector<JsonMember> members;
    json_.members_of(*headers, members);
    Members left = members_of(members);
    const auto found = left.find("in_reply_to");
    if (found == left.end()) return;
    secret.insert(left.extract(found));
    data["headers"] = text_of(left);
  }

  StrictJson& json_;
  const harvest::Envelope& envelope_;
  Keyring& keys_;
  Owners owners_;
  std::map<std::string, std::string> tokens_;  // by kind
};

}  // namespace

std::string sealed_data(StrictJson& json, const harvest::Envelope& envelope, Keyring& keys) { return Sealer(json, envelope, keys).seal(); }

}  // namespace millrace::node

#include "node/operator_door.h"

#include "core/hash.h"
#include "node/fold_keyring.h"
#include "node/members.h"
#include "topology/harvest/contact.h"
#include "topology/harvest/patch.h"

namespace millrace::node {

namespace {

using wire::JsonMember;
using wire::JsonValue;
using wire::StrictJson;

class OperatorSealer {
 public:
  OperatorSealer(const std::string& canonical, Keyring& keys) : canonical_(canonical), keys_(keys) {}

  // The record with what is personal sealed; as it came when nothing is.
  std::string seal() {
    if (json_.read(canonical_) != wire::StrictProblem::none) return canonical_;
    type_ = string_in(json_, json_.root(), "type");
    tenant_ = string_in(json_, json_.root(), "tenant");
    const JsonValue* data = StrictJson::find(json_.root(), "data");
    if (!data || !data->is(JsonValue::Kind::object)) return canonical_;
    json_.members_of(*data, data_);
    Members out = members_of(data_);
    if (out.contains("sealed") || !take(out)) return canonical_;
    Members record = members_of(json_.root());
    record["data"] = text_of(out);
    return text_of(record);
  }

 private:
  bool take(Members& out) {
    if (type_ == "operator.send_message") return seal_members(out, {"body", "subject"}, string_in(json_, data_, "lead_id"));
    if (type_ == "operator.suppress" || type_ == "operator.unsuppress") return take_address(out);
    if (type_ == "operator.lead_split") return take_identifiers(out);
    return false;
  }

  bool seal_members(Members& out, std::initializer_list<std::string_view> names, std::string_view owner) {
    Members secret;
    for (const std::string_view name : names)
      if (const auto found = out.find(name); found != out.end() && found->second != "null") secret.insert(out.extract(found));
    if (secret.empty() || owner.empty()) {
      out.merge(secret);
      return false;
    }
    const std::string id = record_id(tenant_, string_in(json_, json_.root(), "source"), string_in(json_, json_.root(), "id"));
    std::string sealed;
    keys_.seal(keys_.key_for(tenant_, owner_named(owner), id), id, type_, text_of(secret), sealed);
    append_json_string(out["sealed"], sealed);
    return true;
  }

  // Empty where the value alone does not tell it.
  std::string address_token(std::string_view value) {
    auto normal = harvest::normal_email(value);
    if (!normal) normal = harvest::normal_linkedin(value);
    if (!normal) normal = harvest::normal_phone(value, "");
    return normal ? keys_.token(tenant_, harvest::kAddressKind, *normal) : std::string();
  }

  bool take_address(Members& out) {
    if (string_in(json_, data_, "kind") != harvest::kAddressKind || !string_in(json_, data_, "token").empty()) return false;
    const std::string token = address_token(string_in(json_, data_, "value"));
    const std::string owner = token.empty() ? "anonymous/suppressed" : token;
    if (!seal_members(out, {"value"}, owner)) return false;
    if (!token.empty()) append_json_string(out["token"], token);
    return true;
  }

  bool take_identifiers(Members& out) {
    const JsonValue* list = StrictJson::find(data_, "identifiers");
    if (!list || !list->is(JsonValue::Kind::array)) return false;
    std::vector<JsonValue> elements;
    json_.elements_of(*list, elements);
    std::string text = "[";
    bool changed = false;
    for (const JsonValue& element : elements) {
      if (text.size() > 1) text.push_back(',');
      const std::string token = element.is(JsonValue::Kind::string) ? address_token(json_.string_of(element)) : std::string();
      if (token.empty()) wire::append_canonical_text(text, element.text);
      else append_json_string(text, token);
      changed = changed || !token.empty();
    }
    out["identifiers"] = text + "]";
    return changed;
  }

  const std::string& canonical_;
  Keyring& keys_;
  StrictJson json_;
  std::vector<JsonMember> data_;
  std::string_view type_, tenant_;
};

}  // namespace

// Canonical order wants the signature after "id", before "source"; both stand after data, which may hold such names too.
std::string signed_record(const std::string& canonical, const OperatorSigner& signer) {
  const auto at = canonical.rfind(",\"source\":");
  return canonical.substr(0, at) + ",\"sig\":\"" + signer.sign(canonical) + "\"" + canonical.substr(at);
}

std::string operator_record(const std::string& canonical, const OperatorSigner& signer, Keyring& keys) {
  return signed_record(OperatorSealer(canonical, keys).seal(), signer);
}

}  // namespace millrace::node

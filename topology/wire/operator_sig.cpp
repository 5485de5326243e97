#include "topology/wire/operator_sig.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "core/signature.h"
#include "topology/wire/decode.h"

namespace millrace::wire {

std::optional<std::string> canonical_without_sig(std::string_view record, std::string& sig) {
  sig.clear();
  const simdjson::padded_string padded(record);
  od::parser parser;
  od::document document;
  od::object object;
  if (parser.iterate(padded).get(document) != simdjson::SUCCESS || document.get_object().get(object) != simdjson::SUCCESS)
    return std::nullopt;
  std::vector<std::pair<std::string, std::string>> members;  // key, `"key":value`
  for (auto entry : object) {
    std::string_view key;
    od::value value;
    if (entry.error() != simdjson::SUCCESS || entry.unescaped_key().get(key) != simdjson::SUCCESS) return std::nullopt;
    std::string owned(key);
    if (entry.value().get(value) != simdjson::SUCCESS) return std::nullopt;
    if (owned == "sig") {
      std::string_view text;
      if (value.get_string().get(text) == simdjson::SUCCESS) sig.assign(text);
      continue;
    }
    std::string member;
    append_json_string(member, owned);
    member.push_back(':');
    if (!append_canonical(member, value)) return std::nullopt;
    members.emplace_back(std::move(owned), std::move(member));
  }
  std::sort(members.begin(), members.end());
  std::string out = "{";
  for (const auto& [key, member] : members) {
    if (out.size() > 1) out.push_back(',');
    out.append(member);
  }
  return out.append("}");
}

bool operator_sig_valid(std::string_view record, std::span<const OperatorKey> keys) {
  std::string sig;
  const auto text = canonical_without_sig(record, sig);
  if (!text || sig.empty()) return false;
  return std::any_of(keys.begin(), keys.end(), [&](const OperatorKey& key) {
    return !key.revoked.value_or(false) && verify_ed25519(key.public_key, *text, sig);
  });
}

}  // namespace millrace::wire

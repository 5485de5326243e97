#include "topology/harvest/parking.h"

namespace millrace::harvest {

namespace {

constexpr std::int64_t kDealsMax = 100;

std::string ref_key_of(std::string_view tenant, std::string_view ref) {
  std::string key;
  key.reserve(tenant.size() + 1 + ref.size());
  return key.append(tenant).append("/").append(ref);
}

// Numbers in the order of their text.
std::string fact_key(const std::string& ref_key, std::int64_t number) {
  std::string digits = std::to_string(number);
  return ref_key + "\n" + std::string(digits.size() < 12 ? 12 - digits.size() : 0, '0') + digits;
}

}  // namespace

Parking::Parking(state::TableSpace& space)
    : parked_(space, "parked"), waiting_(space, "waiting"), deals_(space, "waiting_deal"), waits_(space, "waits") {}

bool Parking::any(std::string_view tenant) {
  const WaitsRow* waits = waits_.find(tenant);
  return waits && waits->count > 0;
}

bool Parking::can_park(std::string_view tenant, std::string_view ref, std::int64_t limit) {
  const WaitingRow* row = waiting_.find(ref_key_of(tenant, ref));
  return !row || row->facts < limit;
}

std::optional<std::string> Parking::park(std::string_view tenant, std::string_view ref, ParkedRow fact, std::int64_t limit) {
  const std::string ref_key = ref_key_of(tenant, ref);
  if (!can_park(tenant, ref, limit)) return std::nullopt;
  WaitingRow& row = waiting_.edit(ref_key);
  ++row.facts;
  std::string key = fact_key(ref_key, row.next++);
  parked_.edit(key) = std::move(fact);
  ++waits_.edit(tenant).count;
  return key;
}

void Parking::gone(std::string_view tenant, const std::string& ref_key, std::int64_t facts, std::int64_t deals) {
  WaitingRow& row = waiting_.edit(ref_key);
  row.facts -= facts;
  row.deals -= deals;
  if (row.facts == 0 && row.deals == 0) waiting_.erase(ref_key);
  waits_.edit(tenant).count -= facts + deals;
}

std::vector<std::pair<std::string, ParkedRow>> Parking::take(std::string_view tenant, std::string_view ref) {
  std::vector<std::pair<std::string, ParkedRow>> out;
  const std::string ref_key = ref_key_of(tenant, ref);
  const WaitingRow* row = waiting_.find(ref_key);
  if (!row || row->facts == 0) return out;
  parked_.scan(ref_key + "\n", {}, [&](std::string_view key, const ParkedRow& fact) {
    out.emplace_back(key, fact);
    return true;
  });
  for (const auto& [key, fact] : out) parked_.erase(key);
  gone(tenant, ref_key, static_cast<std::int64_t>(out.size()), 0);
  return out;
}

std::optional<ParkedRow> Parking::expire(std::string_view key) {
  const ParkedRow* found = parked_.find(key);
  if (!found) return std::nullopt;
  ParkedRow fact = *found;
  parked_.erase(key);
  gone(key.substr(0, key.find('/')), std::string(key.substr(0, key.rfind('\n'))), 1, 0);
  return fact;
}

bool Parking::wait(std::string_view tenant, std::string_view ref, std::string_view deal_id) {
  const std::string ref_key = ref_key_of(tenant, ref);
  const std::string key = ref_key + "\n" + std::string(deal_id);
  if (deals_.contains(key)) return true;
  if (const WaitingRow* row = waiting_.find(ref_key); row && row->deals >= kDealsMax) return false;
  deals_.edit(key);
  ++waiting_.edit(ref_key).deals;
  ++waits_.edit(tenant).count;
  return true;
}

void Parking::leave(std::string_view tenant, std::string_view ref, std::string_view deal_id) {
  const std::string ref_key = ref_key_of(tenant, ref);
  if (deals_.erase(ref_key + "\n" + std::string(deal_id))) gone(tenant, ref_key, 0, 1);
}

std::vector<std::string> Parking::take_deals(std::string_view tenant, std::string_view ref) {
  std::vector<std::string> out;
  const std::string ref_key = ref_key_of(tenant, ref);
  const WaitingRow* row = waiting_.find(ref_key);
  if (!row || row->deals == 0) return out;
  const std::string prefix = ref_key + "\n";
  deals_.scan(prefix, {}, [&](std::string_view key, const WaitingDealRow&) {
    out.emplace_back(key.substr(prefix.size()));
    return true;
  });
  for (const std::string& deal_id : out) deals_.erase(prefix + deal_id);
  gone(tenant, ref_key, 0, static_cast<std::int64_t>(out.size()));
  return out;
}

}  // namespace millrace::harvest

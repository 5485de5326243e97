#include "topology/simulation/oracle.h"

#include <algorithm>
#include <optional>

#include "core/arith.h"
#include "core/fields.h"
#include "topology/policy/synthetic.h"
#include "topology/simulation/facts.h"
#include "topology/wire/decode.h"

namespace millrace::simulation {

namespace {

constexpr std::int64_t kAucMin = 6000, kCreditMissMax = 1000;
constexpr std::int64_t kTenantDayMax = 500;

// What the oracle reads of any record.
struct SeenData {
  std::vector<std::string> absorbed;
  std::optional<std::string> channel, command_id, consent, deal_id, lead_id, message_id, mode, model, stage_to, to;
  std::optional<std::int64_t> amount_cents, attempt, score_bp;
  std::optional<bool> dry_run;
  static constexpr auto fields() {
    using S = SeenData;
    return FieldList{field("absorbed", &S::absorbed), field("amount_cents", &S::amount_cents), field("attempt", &S::attempt),
                     field("channel", &S::channel),
                     field("command_id", &S::command_id), field("consent", &S::consent), field("deal_id", &S::deal_id),
                     field("dry_run", &S::dry_run), field("lead_id", &S::lead_id), field("message_id", &S::message_id),
                     field("mode", &S::mode), field("model", &S::model), field("score_bp", &S::score_bp),
                     field("stage_to", &S::stage_to), field("to", &S::to)};
  }
};
struct Seen {
  SeenData data;
  std::string tenant, type;
  static constexpr auto fields() {
    return FieldList{required("data", &Seen::data), field("tenant", &Seen::tenant), required("type", &Seen::type)};
  }
};

std::string key(std::string_view tenant, std::string_view id) { return std::string(tenant) + "/" + std::string(id); }

std::string number(std::int64_t n) { return std::to_string(n); }

OracleRow none_allowed(std::string what, std::int64_t measured) {
  return {std::move(what), "0", number(measured), "0", measured == 0 ? OracleVerdict::good : OracleVerdict::broken};
}

// Probability in bp that a winner stands above one who is none; ties count half.
std::int64_t auc_bp(std::vector<std::pair<std::int64_t, bool>> rated) {
  std::sort(rated.begin(), rated.end());
  std::int64_t winners = 0, others = 0;
  Int128 above = 0;  // in halves
  for (std::size_t i = 0; i < rated.size();) {
    std::size_t end = i;
    std::int64_t won = 0, not_won = 0;
    for (; end < rated.size() && rated[end].first == rated[i].first; ++end) ++(rated[end].second ? won : not_won);
    above += Int128{won} * (2 * others + not_won);
    winners += won;
    others += not_won;
    i = end;
  }
  return winners == 0 || others == 0 ? 0 : rdiv(above * 10000, Int128{2} * winners * others);
}

// The largest difference of two distributions over channels, in bp of their sums.
std::int64_t largest_miss(const std::map<std::string, std::int64_t>& truth, const std::map<std::string, std::int64_t>& measured) {
  std::int64_t truth_sum = 0, measured_sum = 0;
  std::set<std::string> channels;
  for (const auto& [channel, cents] : truth) truth_sum += cents, channels.insert(channel);
  for (const auto& [channel, cents] : measured) measured_sum += cents, channels.insert(channel);
  if (truth_sum <= 0 || measured_sum <= 0) return 10000;
  const auto share = [](const auto& by_channel, const std::string& channel, std::int64_t sum) {
    const auto found = by_channel.find(channel);
    return found == by_channel.end() ? 0 : rdiv(Int128{10000} * found->second, sum);
  };
  std::int64_t miss = 0;
  for (const std::string& channel : channels)
    miss = std::max(miss, std::abs(share(truth, channel, truth_sum) - share(measured, channel, measured_sum)));
  return miss;
}

bool is_ad(const std::string& channel) { return channel.starts_with("ad:"); }

}  // namespace

Oracle::Oracle(const Plan& plan) {
  const SyntheticTable table;
  for (std::int64_t i = 0; i < plan.leads; ++i) {
    const Lead lead = lead_at(plan.seed, i, plan.days);
    const std::int64_t who = person_of(plan.seed, i);
    const std::string tenant = tenant_of(plan, i), person = key(tenant, lead_id_of(plan, who));
    truth_.people.insert(person);
    if (who == i) truth_.quality_bp[person] = lead.quality_bp;
    for (const Fact& fact : facts_of_lead(plan, i)) {
      Seen seen;
      std::string problem;
      if (!wire::decode_text(fact.json, seen, problem) || seen.type != "crm.stage_changed") continue;
      const std::string& stage = *seen.data.stage_to;
      const bool won = table.is_won(stage);
      // The facts of a lead stand in order of time: the last one is what the deal is worth.
      truth_.value_cents[key(tenant, *seen.data.deal_id)] = won && seen.data.amount_cents ? *seen.data.amount_cents : table.at(stage).value_cents;
      if (!won) continue;
      truth_.winners.insert(person);
      truth_.channel_cents[std::string(name_of(lead.channel))] += seen.data.amount_cents.value_or(0);
    }
  }
}

void Oracle::take(TopicId topic, const Record& record) {
  Seen seen;
  std::string problem;
  if (!wire::decode_text(record.value, seen, problem)) return;
  const SeenData& data = seen.data;
  const std::string lead = data.lead_id ? key(seen.tenant, *data.lead_id) : std::string();
  const std::string message = data.message_id ? key(seen.tenant, *data.message_id) : std::string();
  if (topic == topics::leads_harvested) {
    if (seen.type == "lead.snapshot") leads_.insert(lead);
    if (seen.type == "lead.merged")
      for (const std::string& id : data.absorbed) absorbed_.insert(key(seen.tenant, id));
  } else if (topic == topics::leads_scored) {
    if (seen.type == "lead.scored" && data.score_bp) score_bp_[lead] = *data.score_bp;
  } else if (topic == topics::routing_decisions) {
    const bool says_no = (seen.type == "lead.status_changed" && (data.to == "SUPPRESSED" || data.to == "UNSUBSCRIBED")) ||
                         (seen.type == "lead.profile" && data.consent == "DNC");
    if (says_no) never_since_.emplace(lead, record.timestamp);
    if (seen.type == "delivery.failed") failed_.insert(message);
    if (seen.type == "delivery.sent" && !data.dry_run.value_or(false) && !sent_.insert(message + ":" + number(data.attempt.value_or(0))).second)
      ++double_sends_;
  } else if (topic == topics::outreach_commands) {
    if (!data.command_id || data.mode != "live") return;
    if (!commanded_.insert(key(seen.tenant, *data.command_id)).second) ++double_sends_;
    const auto no = never_since_.find(lead);
    if (no != never_since_.end() && record.timestamp > no->second) ++sends_to_no_;
    if (failed_.contains(message)) return;
    sent_to_lead_[lead + "/" + data.channel.value_or("")].push_back(record.timestamp);
    sent_of_tenant_[seen.tenant].push_back(record.timestamp);
  } else if (topic == topics::attribution_credits && seen.type == "attribution.credit") {
    const std::int64_t cents = data.amount_cents.value_or(0);
    credit_[*data.model][data.channel.value_or("")] += cents;
    deal_credit_[*data.model][key(seen.tenant, data.deal_id.value_or(""))] += cents;
  }
}

OracleRow Oracle::merged() const {
  const auto measured = static_cast<std::int64_t>(leads_.size() - absorbed_.size()), truth = static_cast<std::int64_t>(truth_.people.size());
  return {"leads after merge", number(truth), number(measured), "equal", truth == measured ? OracleVerdict::good : OracleVerdict::broken};
}

OracleRow Oracle::auc() const {
  std::vector<std::pair<std::int64_t, bool>> truth, measured;
  for (const auto& [person, quality] : truth_.quality_bp) truth.emplace_back(quality, truth_.winners.contains(person));
  for (const auto& [lead, score] : score_bp_) measured.emplace_back(score, truth_.winners.contains(lead));
  const std::int64_t bp = auc_bp(std::move(measured));
  return {"AUC of the score against wins, bp", number(auc_bp(std::move(truth))), number(bp), ">= " + number(kAucMin),
          bp >= kAucMin ? OracleVerdict::good : OracleVerdict::broken};
}

// Shares of channels in won revenue. A click can only be matched where there was one: of model matched the ads count.
OracleRow Oracle::credit_of(const std::string& model, const std::map<std::string, std::int64_t>& by_channel) const {
  std::map<std::string, std::int64_t> truth = truth_.channel_cents, measured = by_channel;
  if (model == "matched") {
    std::erase_if(truth, [](const auto& each) { return !is_ad(each.first); });
    std::erase_if(measured, [](const auto& each) { return !is_ad(each.first); });
  }
  const std::int64_t miss = largest_miss(truth, measured);
  return {"credit by channel, model " + model + ": largest miss of the planted share, bp", "0", number(miss),
          "<= " + number(kCreditMissMax), miss <= kCreditMissMax ? OracleVerdict::good : OracleVerdict::broken};
}

OracleRow Oracle::credit_sum() const {
  std::int64_t apart = 0;
  for (const auto& [model, deals] : deal_credit_) {
    for (const auto& [deal, value] : truth_.value_cents) {
      const auto found = deals.find(deal);
      apart += std::abs(value - (found == deals.end() ? 0 : found->second));
    }
    for (const auto& [deal, credit] : deals)
      if (!truth_.value_cents.contains(deal)) apart += std::abs(credit);
  }
  return none_allowed("sum of credits - sum of value over deals and models, cents", apart);
}

std::int64_t Oracle::over_limit() const {
  std::int64_t over = 0;
  const auto count = [&](const Keyed& keyed, std::size_t max, DurationMs window) {
    for (const auto& [name, unsorted] : keyed) {
      auto times = unsorted;
      std::sort(times.begin(), times.end());
      for (std::size_t i = max; i < times.size(); ++i) over += times[i] - times[i - max] < window;
    }
  };
  count(sent_to_lead_, 1, kDayMs);
  count(sent_of_tenant_, kTenantDayMax, kDayMs);
  return over;
}

std::vector<OracleRow> Oracle::rows() const {
  std::vector<OracleRow> rows = {merged(), auc(), {"winner of each planted experiment", "-", "-", "-"}};
  for (const auto& [model, by_channel] : credit_) rows.push_back(credit_of(model, by_channel));
  if (credit_.empty())
    rows.push_back({"credit by channel and model", "-", "none", "some", truth_.winners.empty() ? OracleVerdict::good : OracleVerdict::broken});
  rows.push_back({"budget regret", "-", "-", "-"});
  rows.push_back(none_allowed("sends over a limit", over_limit()));
  rows.push_back(none_allowed("sends to DNC", sends_to_no_));
  rows.push_back(none_allowed("double sends", double_sends_));
  rows.push_back(credit_sum());
  return rows;
}

}  // namespace millrace::simulation

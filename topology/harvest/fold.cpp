// The door: checks in their order, dedupe, opening of sealed facts, and what waited.
#include "topology/harvest/fold.h"

#include <algorithm>

#include "core/hash.h"
#include "topology/harvest/dedupe.h"
#include "topology/harvest/harvest_fold.h"
#include "topology/policy/engine_policy.h"

namespace millrace::harvest {

namespace {

// The members of an object's text, without its braces.
std::string_view inner(std::string_view object) { return object.substr(1, object.size() - 2); }

void append_part(std::string& out, std::string_view part) {
  if (part.empty()) return;
  if (out.back() != '{') out.push_back(',');
  out.append(part);
}

std::string_view text_of(const state::IdWindow::Bytes& bytes) { return {bytes.data(), bytes.size()}; }

bool is_opened(std::string_view type) {
  return type == "lead.captured" || type == "lead.updated" || type == "crm.stage_changed" || type == "ad.click";
}

}  // namespace

HarvestFold::HarvestFold(const wire::StageContext& context)
    : StageFold("harvest", context),
      identity_(context.tables),
      sources_(context.tables),
      deal_rows_(context.tables, "deal"),
      lead_deals_(context.tables, "lead_deal"),
      deals_(deal_rows_, lead_deals_),
      parking_(context.tables),
      seen_(context.tables, "seen"),
      messages_(context.tables, "msg"),
      providers_(context.tables, "provider"),
      held_clicks_(context.tables, "held_click"),
      candidates_(context.tables, "candidate"),
      pulls_(context.tables, "pull"),
      keys_(context.tables, "operator_key"),
      clones_(context.tables, "clone"),
      erasures_(context.tables, "erasure") {
  keys_.scan({}, {}, [&](std::string_view, const OperatorKey& key) {
    known_keys_.push_back(key);
    return true;
  });
  clones_.scan({}, {}, [&](std::string_view tenant, const CloneRow&) {
    clone_tenants_.emplace_back(tenant);
    return true;
  });
  policy_changed();

  on<LeadCaptured>("lead.captured", [this](const LeadCaptured& e, Step& s) { return captured(e, s); });
  on<LeadEnriched>("lead.enriched", [this](const LeadEnriched& e, Step& s) { return enriched(e, s); });
  on<LeadUpdated>("lead.updated", [this](const LeadUpdated& e, Step& s) { return updated(e, s); });
  on<ConsentChanged>("consent.changed", [this](const ConsentChanged& e, Step& s) { return consent_changed(e, s); });
  on<ConnectionChanged>("linkedin.connection_changed", [this](const ConnectionChanged& e, Step& s) { return connection_changed(e, s); });
  on<EraseRequested>("lead.erase_requested", [this](const EraseRequested& e, Step& s) { return erase_requested(e, s); });
  on<CrmStageChanged>("crm.stage_changed", [this](const CrmStageChanged& e, Step& s) { return stage_changed(e, s); });
  on<CrmDealLinked>("crm.deal_linked", [this](const CrmDealLinked& e, Step& s) { return deal_linked(e, s); });
  on<CrmDealUpdated>("crm.deal_updated", [this](const CrmDealUpdated& e, Step& s) { return deal_updated(e, s); });
  on<AdClick>("ad.click", [this](const AdClick& e, Step& s) { return ad_click(e, s); });
  for (const char* type : {"engagement.opened", "engagement.clicked", "engagement.replied", "engagement.bounced", "engagement.complained",
                           "engagement.unsubscribed", "engagement.out_of_office"})
    on<EngagementFact>(type, [this, type](const EngagementFact& e, Step& s) { return engagement(type, e, s); });
  for (const char* type : {"delivery.attempted", "delivery.sent", "delivery.delivered", "delivery.failed", "delivery.unknown"})
    on<DeliveryFact>(type, [this, type](const DeliveryFact& e, Step& s) { return delivery(type, e, s); });
  register_operator();
}

void HarvestFold::policy_changed() {
  rules_ = {};
  door_rules_ = &policy().of<HarvestPolicy>("");
  max_bytes_ = static_cast<std::size_t>(policy().of<EnginePolicy>("").max_record_bytes);
  longest_dedupe_ms_ = door_rules_->dedupe_ms;
  for (const auto& [name, value] : policy().table("tenant"))
    if (const auto* ms = std::get_if<std::int64_t>(&value); ms && name.ends_with(".harvest.dedupe_ms"))
      longest_dedupe_ms_ = std::max(longest_dedupe_ms_, *ms);
}

const HarvestFold::Rules& HarvestFold::rules_of(std::string_view tenant) {
  if (!rules_.harvest || rules_.tenant != tenant)
    rules_ = {std::string(tenant), &policy().of<HarvestPolicy>(tenant), &policy().of<TouchPolicy>(tenant), &policy().of<SyntheticTable>(tenant)};
  return rules_;
}

Reading HarvestFold::reading(const Step& step) { return {step.tenant, rules(step.tenant), *step.keys, step.event_ms}; }
IdentityLimits HarvestFold::limits(std::string_view tenant) { return {rules(tenant).max_per_kind, rules(tenant).max_merge}; }

std::string HarvestFold::id_of(const Record& record) const {
  wire::StrictJson json;
  if (json.read(record.value) == wire::StrictProblem::bad_json) return {};
  const auto text = [&](std::string_view name) {
    const wire::JsonValue* value = wire::StrictJson::find(json.root(), name);
    return value ? std::string(json.string_of(*value)) : std::string();
  };
  const std::string id = text("id");
  if (id.empty() || record.headers.broadcast) return id;
  return record_id(text("tenant"), text("source"), id);
}

About HarvestFold::about(std::string_view bytes, const Headers& headers) const {
  wire::StrictJson json;
  if (json.read(bytes) != wire::StrictProblem::none) return {};
  About about{attribute(json, "id", 256), type_in(json), attribute(json, "tenant", 64)};
  if (!is_tenant(about.tenant)) about.tenant.clear();
  if (headers.broadcast) return about;
  const std::string source = attribute(json, "source", 256);
  const bool named = !about.tenant.empty() && !source.empty() && !about.id.empty();
  about.id = named ? record_id(about.tenant, source, about.id) : std::string();
  return about;
}

Verdict HarvestFold::step(const Record& record, Step& step) {
  ready_.clear();
  std::string_view bytes = record.value;
  // A bad record that Millrace's own producers took in lies sealed as a whole (src/node/front_door.h).
  if (bytes.starts_with("s1."))
    if (auto opened = step.keys->open("_", bytes)) bytes = step.opened = whole_ = *std::move(opened);
  Door door;
  door.append_ms = step.timestamp;
  door.wall = !step.history;
  door.broadcast = record.headers.broadcast;
  door.future_ms = door_rules_->future_ms;
  door.max_bytes = max_bytes_;
  door.tenants = door_rules_->tenants;
  door.clone_tenants = clone_tenants_;
  door.keys = known_keys_;
  if (std::string reason = check_envelope(json_, bytes, door, envelope_); !reason.empty()) return Verdict::dead(std::move(reason));

  if (record.headers.broadcast) {
    step.begin_input(envelope_.id, envelope_.tenant, envelope_.event_ms);
    current_data_ = envelope_.data.text;
    return deliver_data(envelope_.type, current_data_, step);
  }
  if (partition_of(envelope_.tenant, step.partitions) != step.partition.value) {
    name_type(envelope_.type, step);
    return Verdict::misplaced(std::string(envelope_.tenant));
  }
  return admit(record_id(envelope_.tenant, envelope_.source, envelope_.id), step);
}

Verdict HarvestFold::admit(std::string_view id, Step& step) {
  static thread_local std::string hashed;
  hashed.assign("[\"").append(envelope_.type).append("\",");
  if (json_.canonical()) hashed.append(envelope_.data.text);
  else wire::append_canonical_text(hashed, envelope_.data.text);
  hashed.push_back(']');
  const Sha256 digest = sha256(hashed);
  state::IdWindow::Bytes hash;
  std::copy_n(digest.begin(), hash.size(), hash.begin());

  // Only a record that names a cause is another try: a producer may call its own facts what it likes.
  const std::string_view fact = fact_id(envelope_.id, step.in.cause.known());
  std::string tried;
  std::string_view seen_id = id;
  if (fact != envelope_.id) seen_id = tried = record_id(envelope_.tenant, envelope_.source, fact);
  const auto key = state::IdWindow::id_of(seen_id);
  seen_.forget(step.now_ms - longest_dedupe_ms_);
  const auto seen = seen_.find(key);
  const Seen judged = judge_seen(seen ? std::optional(seen->at_ms) : std::nullopt, seen ? text_of(seen->mark) : std::string_view{}, text_of(hash),
                                 step.now_ms, rules(envelope_.tenant).dedupe_ms);
  if (judged != Seen::accept) {
    name_type(envelope_.type, step);
    return judged == Seen::duplicate ? Verdict::duplicate() : Verdict::dead("id_reuse");
  }

  step.begin_input(id, envelope_.tenant, envelope_.event_ms);
  current_record_id_ = id;
  current_data_ = opened_data(step);
  Verdict verdict = deliver_data(envelope_.type, current_data_, step);
  if (verdict.kind != Verdict::Kind::handled) return verdict;
  seen_.add(key, {step.now_ms, hash});
  const std::string_view its_type = step.type;  // not that of what was parked
  resume_ready(step);
  step.type = its_type;
  return verdict;
}

Verdict HarvestFold::deliver_data(std::string_view type, std::string_view data, Step& step) {
  wire::od::document document;
  wire::od::object object;
  if (wire::Padded::parser().iterate(wire::Padded::copy(data)).get(document) != simdjson::SUCCESS ||
      document.get_object().get(object) != simdjson::SUCCESS)
    return Verdict::dead("bad_data");
  return deliver(type, object, step);
}

std::string_view HarvestFold::opened_data(Step& step) {
  const std::string_view data = envelope_.data.text;
  if (!is_opened(envelope_.type)) return data;
  const wire::JsonValue* sealed = wire::StrictJson::find(envelope_.members, "sealed");
  if (!sealed) return data;
  const auto clear = step.keys->open(step.tenant, json_.string_of(*sealed));
  if (!clear || clear->size() < 2 || clear->front() != '{') return data;  // its key was destroyed: the fields read as null
  opened_.assign("{");
  if (envelope_.type == "lead.updated") {  // what is sealed is a part of `set`
    std::string_view set = "{}";
    for (const wire::JsonMember& member : envelope_.members) {
      if (member.key == "set") set = member.value.text;
      else if (opened_.size() > 1) opened_.push_back(',');
      if (member.key == "set") continue;
      append_json_string(opened_, member.key);
      opened_.append(":").append(member.value.text);
    }
    opened_.append(opened_.size() > 1 ? ",\"set\":{" : "\"set\":{");
    append_part(opened_, inner(*clear));
    append_part(opened_, inner(set));
    opened_.append("}}");
    return opened_;
  }
  append_part(opened_, inner(*clear));
  append_part(opened_, inner(data));
  opened_.push_back('}');
  return opened_;
}

void HarvestFold::fire(const Timer& timer, Step& step) {
  ready_.clear();
  const std::string_view key = timer.key;
  const std::string tenant(key.substr(0, key.find('/')));
  step.begin_input(std::string(step.cause_id), tenant, step.now_ms);
  if (timer.kind == "park") expire_parked(key, step);
  else if (timer.kind == "click") decide_clicks_of(key, step);
  else if (timer.kind == Sources::kMonthTimer) sources_.month_over(key, rules(tenant), step);
  else if (timer.kind == Sources::kPauseTimer) sources_.pause_over(key, timer.due_ms);
  else if (timer.kind == "erasure") erasure_late(key, step);
}

std::unique_ptr<Fold> make_fold(const wire::StageContext& context) { return std::make_unique<HarvestFold>(context); }

}  // namespace millrace::harvest

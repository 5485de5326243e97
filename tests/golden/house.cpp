#include "tests/golden/house.h"

#include <doctest/doctest.h>

#include <fstream>

#include "core/time.h"
#include "engine/quarantine.h"
#include "keys/key_seed.h"
#include "node/dead_letters.h"
#include "node/first_records.h"
#include "node/front_door.h"
#include "node/operator_door.h"
#include "state/memory_kv.h"
#include "topology/topics.h"
#include "topology/wiring.h"

namespace millrace::test {

namespace {

using nlohmann::json;

std::unique_ptr<state::Kv> empty_store() { return std::make_unique<state::MemoryKv>(); }

}  // namespace

Environment golden_environment() {
  Environment environment;
  environment.hash = "golden";
  environment.tzdata = "golden";
  environment.zone_country = {{"America/New_York", "US"}, {"Europe/Berlin", "DE"}, {"Europe/London", "GB"}};
  return environment;
}

GoldenHouse::GoldenHouse(bool together, std::size_t threads)
    : environment_(golden_environment()),
      topology_(make_topology(kGoldenPartitions, environment_)),
      log_(topology_.topics),
      keys_("golden"),
      signer_(seeded_operator("golden")),
      together_(together) {
  keys_.key_for("_", engine::kDeadLetterKeyOwner, "namespace");
  engine::Services services{watched_, keys_, keys_, [] { return Result<void>(); }, [](const std::string&, Partition) {
                              return Result<std::unique_ptr<state::Kv>>(empty_store());
                            }};
  engine_ = std::make_unique<engine::Engine>(
      topology_, services, engine::Options{.threads = threads, .environment = environment_.hash, .history = true});
  REQUIRE(engine_->open());
  loader_ = std::make_unique<engine::Loader>(*engine_);
  REQUIRE(loader_->open());
  const OperatorKey key{signer_.key_id(), signer_.public_key(), std::nullopt};
  for (const std::string& body : node::first_records(true, topology_.topics, key, "", 0))
    put(topics::control, Partition{0}, {}, 0, body);
  settle();
}

void GoldenHouse::put(TopicId topic, Partition partition, std::string_view key, TimeMs at, std::string_view value) {
  REQUIRE(engine_->append({{{topic, partition}, at, key, value, {}}}));
}

void GoldenHouse::settle() { REQUIRE(loader_->run()); }

void GoldenHouse::fact(const json& line) {
  const std::string text = line.dump();
  if (line.value("type", "").starts_with("operator.")) {
    const std::string tenant = line.at("tenant");
    put(topics::history_in, Partition{0}, tenant, *parse_rfc3339(line.at("time").get<std::string>()),
        node::operator_record(text, signer_, keys_));
  } else {
    node::Admitted admitted;
    REQUIRE(node::admit(text, true, loader_->now_ms(), true, keys_, admitted) == "");
    put(topics::history_in, Partition{0}, admitted.key, admitted.event_ms, admitted.value);
  }
  if (!together_) settle();
}

void GoldenHouse::line(const json& line, const std::string& folder) {
  if (line.contains("type")) return fact(line);
  settle();
  if (line.contains("policy")) {
    put(topics::control, Partition{0}, {}, loader_->now_ms(), node::policy_record(line.at("policy"), loader_->now_ms()));
  } else if (line.contains("put")) {
    const json& where = line.at("put");
    const auto topic = topology_.topics.find(where.at("topic").get<std::string>());
    REQUIRE(topic.has_value());
    put(*topic, Partition{where.at("partition").get<std::uint16_t>()}, where.at("key").get<std::string>(),
        where.value("at_ms", loader_->now_ms()), line.at("record").dump());
  } else if (line.contains("retry")) {
    const json& letter = line.at("retry");
    const auto topic = topology_.topics.find(letter.at("topic").get<std::string>());
    REQUIRE(topic.has_value());
    const auto append = [this](const NewRecord& record, const node::IsThere&) -> Result<bool> {
      const auto appended = engine_->append({record});
      return appended ? Result<bool>(true) : Result<bool>(appended.fault());
    };
    const auto answer = node::retry(engine_->log(), append, &signer_, keys_,
                                    {*topic, Partition{letter.at("partition").get<std::uint16_t>()}, Offset{letter.at("offset")}},
                                    loader_->now_ms());
    CHECK_MESSAGE(answer.code == line.value("answer", ""), answer.message);
  } else {
    std::ifstream included(folder + "/" + line.at("include").get<std::string>());
    REQUIRE(included);
    for (std::string text; std::getline(included, text);) this->line(json::parse(text), folder);
    settle();
    for (std::uint8_t t = 0; t < topology_.topics.size(); ++t)
      for (std::uint16_t p = 0; p < topology_.topics.partitions(TopicId{t}); ++p) {
        const TopicPartition tp{TopicId{t}, Partition{p}};
        shown_from_[tp] = log_.end(tp);
      }
    fronts_included_ = watched_.fronts().size();
  }
  settle();
}

std::vector<std::string> lines_out(const TopicTable& topics, const log::Reader& log, const std::map<TopicPartition, Offset>& from) {
  std::vector<std::string> lines;
  log::Batch batch;
  for (std::uint8_t t = 0; t < topics.size(); ++t) {
    if (TopicId{t} == topics::history_in) continue;
    for (std::uint16_t p = 0; p < topics.partitions(TopicId{t}); ++p) {
      const TopicPartition tp{TopicId{t}, Partition{p}};
      const auto first = from.find(tp);
      for (Offset at = first == from.end() ? log.start(tp) : first->second; at < log.end(tp); at = batch.next) {
        REQUIRE(log.fetch(tp, at, 1, 1, batch));
        if (batch.records.empty()) continue;  // only markers of transactions
        const Record& r = batch.records.front();
        json line = {{"topic", topics[TopicId{t}].name}, {"partition", p}, {"key", r.key}, {"at", rfc3339(r.timestamp)}};
        if (r.headers.hop > 0) line["hop"] = r.headers.hop;
        if (r.headers.moved) line["moved"] = true;
        if (r.headers.broadcast) {
          if (p > 0) continue;
          line["copies"] = topics.partitions(TopicId{t});
        }
        json record = json::parse(r.value, nullptr, false);
        if (record.is_discarded()) record = std::string(r.value);
        else if (record.value("type", "") == "control.tick") continue;
        line["record"] = std::move(record);
        lines.push_back(line.dump(-1, ' ', false, json::error_handler_t::replace));
      }
    }
  }
  return lines;
}

engine::Proof GoldenHouse::prove() {
  const auto proof = engine::prove({topology_, log_, [this](TopicPartition inbox) { return log_.committed(inbox); }, keys_, environment_.hash, true, [](const std::string&) {
                                      return Result<std::unique_ptr<state::Kv>>(empty_store());
                                    }});
  REQUIRE(proof);
  return *proof;
}

bool GoldenHouse::conserved() const {
  for (const auto& task : engine_->tasks()) {
    const log::TaskPosition& p = task->position();
    const auto delivered = static_cast<std::uint64_t>(p.next);
    if (p.next != log_.end(task->inbox()).value) return false;
    if (delivered != p.folded + p.ignored + p.duplicates + p.dead_letters + p.forwarded) return false;
  }
  return true;
}

}  // namespace millrace::test

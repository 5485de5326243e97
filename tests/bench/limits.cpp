#include "tests/bench/limits.h"

#include "topology/wire/simdjson.h"

#include <algorithm>
#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <functional>
#include <unordered_set>

#include "core/json.h"
#include "keys/sealing.h"
#include "log/embedded/journal.h"
#include "state/rocksdb.h"

namespace millrace::bench {

namespace {

namespace od = simdjson::ondemand;
using Item = Written::Item;

constexpr int kPasses = 3;
constexpr std::size_t kFrameRecords = 8000;  // about what a round appends

double thread_seconds() {
  timespec time{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) * 1e-9;
}

double best_of(int passes, const std::function<void()>& work) {
  double best = 1e18;
  for (int i = 0; i < passes; ++i) {
    const double begin = thread_seconds();
    work();
    best = std::min(best, thread_seconds() - begin);
  }
  return best;
}

// Reads every value; with `out` it is written again at once.
void walk(od::value value, std::string* out) {
  switch (value.type()) {
    case od::json_type::object: {
      if (out) out->push_back('{');
      bool first = true;
      for (auto field : value.get_object()) {
        const std::string_view key = field.unescaped_key();
        if (out) {
          if (!first) out->push_back(',');
          append_json_string(*out, key);
          out->push_back(':');
        }
        first = false;
        walk(field.value(), out);
      }
      if (out) out->push_back('}');
      return;
    }
    case od::json_type::array: {
      if (out) out->push_back('[');
      bool first = true;
      for (auto element : value.get_array()) {
        if (out && !first) out->push_back(',');
        first = false;
        walk(element.value(), out);
      }
      if (out) out->push_back(']');
      return;
    }
    case od::json_type::string: {
      const std::string_view text = value.get_string();
      if (out) append_json_string(*out, text);
      return;
    }
    case od::json_type::number: {
      const std::int64_t n = value.get_int64();
      if (out) append_json_int(*out, n);
      return;
    }
    case od::json_type::boolean: {
      const bool b = value.get_bool();
      if (out) out->append(b ? "true" : "false");
      return;
    }
    case od::json_type::null:
      if (out) out->append("null");
      return;
  }
}

class Passes {
 public:
  explicit Passes(const Written& written) : written_(written) {}

  void parse(const std::vector<Item>& items, bool only_read, bool write) {
    for (const Item& item : items) {
      if (only_read && !item.read) continue;
      const std::string_view text = written_.value(item);
      if (buffer_.size() < text.size() + simdjson::SIMDJSON_PADDING) buffer_.resize(text.size() * 2 + simdjson::SIMDJSON_PADDING);
      std::copy(text.begin(), text.end(), buffer_.begin());
      auto document = parser_.iterate(buffer_.data(), text.size(), buffer_.size());
      if (out_.size() > std::size_t{4} << 20) out_.clear();
      walk(document.get_value(), write ? &out_ : nullptr);
    }
  }

 private:
  const Written& written_;
  std::string buffer_, out_;
  od::parser parser_;
};

// The sealed texts that were made in the run: each once, however often it is told.
std::vector<std::size_t> sealed_lengths(const Written& written) {
  std::vector<std::size_t> lengths;
  std::unordered_set<std::string_view> seen;
  const auto collect = [&](const std::vector<Item>& items, bool count_all) {
    for (const Item& item : items) {
      const std::string_view text = written.value(item);
      for (std::size_t at = 0; (at = text.find("\"s1.", at)) != std::string_view::npos;) {
        const std::size_t end = text.find('"', ++at);
        const std::string_view sealed = text.substr(at, end - at);
        const std::size_t body = sealed.size() - std::min(sealed.size(), sealed.rfind('.') + 1);
        if (seen.insert(sealed).second || count_all) lengths.push_back(body * 3 / 4);
        at = end;
      }
    }
  };
  collect(written.facts, true);  // each is opened once: the same work
  collect(written.outputs, false);
  return lengths;
}

double append_seconds(const Written& written, const std::string& folder) {
  auto made = log::EmbeddedLog::create(folder, {.durability = log::Durability::os, .topics = written.topics});
  auto log = *std::move(made);
  const double begin = thread_seconds();
  log::Frame frame;
  const auto append = [&] {
    if (!log->append(frame)) std::abort();
    if (!log->flush()) std::abort();
    frame.records.clear();
  };
  for (const auto* items : {&written.facts, &written.outputs})
    for (const Item& item : *items) {
      frame.records.push_back({item.to, 1'767'225'600'000, written.key(item), written.value(item), {}});
      if (frame.records.size() == kFrameRecords) append();
    }
  append();
  return thread_seconds() - begin;
}

Result<double> rocksdb_seconds(const Written& written, const std::string& folder) {
  state::RocksEnvironment rocks({});
  auto kv = rocks.open(folder);
  if (!kv) return kv.fault();
  const double begin = thread_seconds();
  std::uint64_t number = 0;
  auto batch = (*kv)->batch();
  for (const Item& item : written.outputs) {
    const std::string key = std::string(written.key(item)) + std::to_string(number++);
    batch->put(key, written.value(item));
    if (number % kFrameRecords == 0) {
      if (auto applied = (*kv)->apply(*batch, false); !applied) return applied.fault();
      batch = (*kv)->batch();
    }
  }
  if (auto applied = (*kv)->apply(*batch, false); !applied) return applied.fault();
  return thread_seconds() - begin;
}

}  // namespace

Result<Limits> measure_limits(const Written& written, const std::string& scratch) {
  Limits limits;
  Passes passes(written);
  limits.parsed = written.facts.size();
  for (const Item& item : written.outputs) limits.parsed += item.read;
  limits.encoded = written.outputs.size();
  limits.parse_s = best_of(kPasses, [&] {
    passes.parse(written.facts, false, false);
    passes.parse(written.outputs, true, false);
  });
  const double read = best_of(kPasses, [&] { passes.parse(written.outputs, false, false); });
  limits.encode_s = best_of(kPasses, [&] { passes.parse(written.outputs, false, true); }) - read;

  const std::vector<std::size_t> lengths = sealed_lengths(written);
  limits.sealed = lengths.size();
  const std::string plaintext(64 << 10, 'p');
  const SealingKey key{"0123456789abcdef0123456789abcdef", std::string(32, 'k'), "0123456789ab"};
  std::string out;
  limits.seal_s = best_of(kPasses, [&] {
    for (const std::size_t length : lengths) {
      out.clear();
      append_sealed(out, key, "0123456789abcdef0123456789abcdef", "lead.snapshot",
                    std::string_view(plaintext).substr(0, length - std::min<std::size_t>(length, 28)));
    }
  });

  std::filesystem::create_directories(scratch);
  limits.append_s = 1e18;
  for (int i = 0; i < kPasses; ++i) {
    limits.append_s = std::min(limits.append_s, append_seconds(written, scratch + "/log"));
    std::filesystem::remove_all(scratch + "/log");
  }
  const auto rocksdb = rocksdb_seconds(written, scratch + "/rocksdb");
  std::filesystem::remove_all(scratch);
  if (!rocksdb) return rocksdb.fault();
  limits.rocksdb_s = *rocksdb;
  return limits;
}

}  // namespace millrace::bench

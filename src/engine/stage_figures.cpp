#include "engine/stage_figures.h"

#include <algorithm>
#include <utility>

namespace millrace::engine {

namespace {

constexpr const char* kResults[kBecame] = {"ok", "ignored", "duplicate", "forwarded", "dlq"};
constexpr std::string_view kOther = "other";

}  // namespace

Measures StageFigures::measures() const {
  const std::lock_guard hold(mutex_);
  Measures out;
  std::map<std::string_view, std::uint64_t> due;
  for (const TaskFigures* task : tasks_) due[task->stage_] += task->due_.load(std::memory_order_relaxed);
  for (const auto& [stage, timers] : due)
    out.push_back(gauge("millrace_timers_due", "Timers whose time has come, and that have not fired", static_cast<double>(timers),
                        {{"stage", std::string(stage)}}));
  for (const auto& [name, stage] : stages_) {
    for (const auto& [type, became] : stage.types)
      for (std::size_t i = 0; i < kBecame; ++i)
        if (became[i] > 0)
          out.push_back(counter("millrace_records_total", "Records that a stage folded in this process, by what became of them",
                                static_cast<double>(became[i]), {{"stage", name}, {"type", type}, {"result", kResults[i]}}));
    for (const auto& [reason, records] : stage.reasons)
      out.push_back(counter("millrace_dlq_total", "Dead letters that a stage wrote in this process", static_cast<double>(records),
                            {{"stage", name}, {"reason", reason}}));
    Measure steps{"millrace_step_seconds", "Time that a stage takes for a record, the mean of a share of them; ticks that fire timers by themselves",
                  Measure::Kind::histogram, {{"stage", name}}};
    for (std::size_t i = 0; i < stage.steps.size(); ++i) {
      steps.count += stage.steps[i];
      if (i < kStepBuckets.size()) steps.buckets.emplace_back(static_cast<double>(kStepBuckets[i]) / 1e9, steps.count);
    }
    steps.value = static_cast<double>(stage.spent_ns) / 1e9;
    out.push_back(std::move(steps));
  }
  return out;
}

TaskFigures::TaskFigures(StageFigures& all, std::string stage) : all_(all), stage_(std::move(stage)) {
  const std::lock_guard hold(all_.mutex_);
  all_.tasks_.insert(this);
}

TaskFigures::~TaskFigures() {
  const std::lock_guard hold(all_.mutex_);
  all_.tasks_.erase(this);
}

TaskFigures::Type& TaskFigures::of(std::string_view type) {
  if (open_.last < open_.types.size() && open_.types[open_.last].name.data() == type.data()) return open_.types[open_.last];
  const auto found = std::find_if(open_.types.begin(), open_.types.end(), [&](const Type& t) { return t.name.data() == type.data(); });
  open_.last = static_cast<std::size_t>(found - open_.types.begin());
  if (found == open_.types.end()) open_.types.push_back({type});
  return open_.types[open_.last];
}

void TaskFigures::count(std::string_view type, Became became) {
  ++of(type.empty() ? kOther : type).became[static_cast<std::size_t>(became)];
  open_.empty = false;
}

void TaskFigures::spend(std::chrono::nanoseconds time, std::uint64_t steps) {
  if (steps == 0) return;
  const std::int64_t mean = time.count() / static_cast<std::int64_t>(steps);
  const auto bucket = std::lower_bound(kStepBuckets.begin(), kStepBuckets.end(), mean);
  open_.steps[static_cast<std::size_t>(bucket - kStepBuckets.begin())] += steps;
  open_.spent_ns += static_cast<std::uint64_t>(time.count());
  open_.empty = false;
}

void TaskFigures::close() {
  if (!open_.empty) closed_ = std::exchange(open_, {});
}

void TaskFigures::publish() {
  Counted counted = std::exchange(closed_, {});
  if (counted.empty) return;
  {
    const std::lock_guard hold(all_.mutex_);
    StageFigures::Stage& stage = all_.stages_[stage_];
    for (const Type& type : counted.types) {
      auto at = stage.types.find(type.name);
      if (at == stage.types.end()) at = stage.types.emplace(type.name, std::array<std::uint64_t, kBecame>{}).first;
      for (std::size_t i = 0; i < kBecame; ++i) at->second[i] += type.became[i];
    }
    for (const auto& [reason, records] : counted.reasons) {
      const bool listed = stage.reasons.size() < kReasonsMax || stage.reasons.contains(reason);
      stage.reasons[listed ? reason : std::string(kOther)] += records;
    }
    for (std::size_t i = 0; i < counted.steps.size(); ++i) stage.steps[i] += counted.steps[i];
    stage.spent_ns += counted.spent_ns;
  }
}

}  // namespace millrace::engine

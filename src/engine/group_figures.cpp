#include "engine/group_figures.h"

namespace millrace::engine {

Measures GroupFigures::measures(const Labels& labels, std::int64_t now_ms) const {
  const auto of = [](const std::atomic<std::uint64_t>& value) { return static_cast<double>(value.load()); };
  Measures out{
      gauge("millrace_member_tasks", "Partitions of inboxes whose task stands at this member", of(tasks), labels),
      gauge("millrace_member_restoring_tasks", "Partitions of inboxes whose state is being brought up", of(restoring), labels),
      counter("millrace_member_lives_total", "Times that the member began anew from its checkpoints, the first included", of(lives), labels),
      counter("millrace_member_assignments_total", "Times that partitions were given to the member", of(assignments), labels),
      counter("millrace_member_losses_total", "Batches that were forgotten, since their partitions were lost", of(losses), labels),
      counter("millrace_member_folded_records_total", "Records folded by this member", of(folded), labels),
      counter("millrace_member_refolded_records_total", "Records folded again to bring tasks up", of(refolded), labels),
      counter("millrace_member_restored_rows_total", "Rows read from changelogs to bring tasks up", of(restored_rows), labels),
  };
  Measure spent{"millrace_member_commit_seconds", "Commits, and how long they took", Measure::Kind::summary, labels};
  spent.value = of(commit_us) / 1e6;
  spent.count = commits;
  out.push_back(std::move(spent));
  if (checkpoint_ms > 0)
    out.push_back(gauge("millrace_checkpoint_age_seconds", "Since the last checkpoint of all tasks was whole",
                        static_cast<double>(now_ms - checkpoint_ms) / 1e3, labels));
  return out;
}

}  // namespace millrace::engine

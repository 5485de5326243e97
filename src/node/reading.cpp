#include "node/reading.h"

#include "log/embedded/reader.h"
#include "node/cluster.h"
#include "node/node.h"

namespace millrace::node {

namespace {

class FolderReading final : public Reading {
 public:
  explicit FolderReading(std::unique_ptr<log::FollowingLog> log) : log_(std::move(log)) {}
  const log::Reader& log() const override { return *log_; }
  Result<std::vector<log::TaskPosition>> positions() override { return log_->all_committed(); }
  std::map<std::string, std::string> fixed() const override { return log_->about().fixed; }
  Result<bool> wait(int ms) override {
    const auto now = log_->refresh();
    if (!now || *now) return now;
    log_->wait(ms);
    return log_->refresh();
  }

 private:
  std::unique_ptr<log::FollowingLog> log_;
};

}  // namespace

Result<std::unique_ptr<Reading>> Reading::open(const Target& target) {
  if (target.on_cluster()) return open_cluster_reading(target);
  if (!Node::exists(target.data))
    return fatal("not_found", target.data + " holds no Millrace namespace; `millrace run --data " + target.data + "` makes one");
  auto log = log::FollowingLog::open(target.data + "/log");
  if (!log) return log.fault();
  return std::unique_ptr<Reading>(std::make_unique<FolderReading>(*std::move(log)));
}

}  // namespace millrace::node

#include "node/member_thread.h"

#include <filesystem>
#include <fstream>
#include <thread>

#include "log/kafka/faults.h"
#include "log/kafka/member.h"
#include "node/cluster_topics.h"
#include "node/fold_keyring.h"
#include "node/standbys.h"

namespace millrace::node {

namespace fs = std::filesystem;
namespace kafka = log::kafka;
using std::chrono::milliseconds;

namespace {

constexpr int kFencedMax = 3;  // once is a member's own former self; again and again is another process

}  // namespace

Cluster::MemberThread::MemberThread(Cluster& cluster, const char* group, std::string name, std::vector<TopicId> inboxes)
    : cluster_(cluster), group_(group_of(cluster.settings_, group)), name_(std::move(name)), inboxes_(std::move(inboxes)) {}

bool Cluster::MemberThread::is_control() const { return inboxes_.size() == 1 && inboxes_.front() == cluster_.topology_->control; }

engine::GroupServices Cluster::MemberThread::services(log::Group& group) {
  engine::GroupServices services{group, *cluster_.reader_, *cluster_.fold_keys_, *cluster_.fold_lookups_};
  services.ship_keys = [this](log::Group& to) -> Result<void> {
    shipped_ = cluster_.keys_->fresh();
    for (const NewRecord& record : cluster_.keys_log_->records(shipped_))
      if (auto sent = to.send(record); !sent) return sent;
    return {};
  };
  services.keys_shipped = [this] { return cluster_.keys_->keep(shipped_); };
  services.learn_keys = [this] { return cluster_.learn_keys(); };
  services.open_kv = [this](const std::string& stage, Partition partition) -> Result<std::unique_ptr<state::Kv>> {
    if (const auto standbys = cluster_.standbys()) standbys->take({stage, partition.value}, name_);
    auto kv = cluster_.open_store(stage, partition.value);
    // The folder is ours (CN-1), so another member of this process has it, and does not know yet that it lost it.
    if (!kv && kv.fault().code == "locked") return retryable("locked", kv.fault().message);
    return kv;
  };
  if (cluster_.has_changelog()) services.changelog = changelog();
  return services;
}

Cluster::Figures& Cluster::MemberThread::figures() const {
  for (const auto& each : cluster_.figures_)
    if (each->member == name_) return *each;
  return *cluster_.figures_.front();
}

engine::ChangelogServices Cluster::MemberThread::changelog() {
  engine::ChangelogServices services;
  services.topic = [this](TopicId inbox) { return *cluster_.table_.find(kafka::changelog_of(cluster_.table_[inbox].name)); };
  // What lies below its end now was written by those who had the partition before; they are done, or ended by their name.
  services.settled_end = [this](TopicPartition tp) -> Result<Offset> {
    const auto ends = cluster_.admin_->settled_ends({{cluster_.table_[tp.topic].name, tp.partition.value}});
    return ends ? Result<Offset>(ends->front()) : Result<Offset>(ends.fault());
  };
  services.load_kv = [this](const std::string& stage, Partition partition) { return cluster_.rocks_->load(cluster_.store_of(stage, partition.value)); };
  services.condemn = [this](const std::string& stage, Partition partition) -> Result<void> {
    const std::string folder = cluster_.store_of(stage, partition.value);
    if (!condemned_.insert(folder).second)
      return fatal("corrupt", "the state in " + folder + " was restored from its changelog, and is damaged again. Check this "
                              "machine's disk and memory; if they are good, keep the folder and report it");
    std::ofstream(folder + Cluster::kCondemned) << "damaged in use\n";
    return {};
  };
  return services;
}

Result<void> Cluster::MemberThread::live(const std::function<Result<void>(engine::GroupRunner&)>& work) {
  cluster_.keys_->forget_fresh();  // of a life before
  if (auto learnt = cluster_.learn_keys(); !learnt) return learnt.fault();
  const std::string identity = (cluster_.settings_.name_space.empty() ? std::string("millrace") : cluster_.settings_.name_space) +
                               "/" + cluster_.instance_ + "/" + name_;
  auto member = kafka::open_member(cluster_.settings_, cluster_.table_,
                                   {.group = group_, .identity = identity, .chain = cluster_.settings_.chain && !is_control(), .figures = &figures().clients,
                                    .leaving = leaving_});
  if (!member) return member.fault();
  engine::GroupOptions options;
  options.inboxes = inboxes_;
  options.figures = &figures().group;
  options.stages = &cluster_.stages_;
  options.floors = &figures().floors;
  // Stage control keeps a row a tenant; the others share the rest.
  const std::size_t of_control = cluster_.options_.cache_bytes / 32;
  options.cache_bytes = is_control() ? of_control : (cluster_.options_.cache_bytes - of_control) / cluster_.options_.threads;
  options.environment = cluster_.environment_->hash;
  options.tell = [this](std::string_view event, const std::string& detail) {
    if (const auto standbys = cluster_.standbys(); standbys && event == "revoke") standbys->give_back(name_);
    if (tell_) tell_->member(event, name_, detail);
  };
  options.tell_fault = [this](const Fault& fault) {
    if (tell_) tell_->fault(fault);
  };
  options.commit_after = milliseconds(cluster_.settings_.commit_ms);
  if (is_control()) {
    options.commit_after = options.commit_gap = milliseconds(0);
    options.while_owner = [this] { return cluster_.append_tick(); };
  }
  engine::GroupRunner runner(*cluster_.topology_, services(**member), options);
  // The group sends the runner's bytes, also beside it, so it leaves first.
  const std::unique_ptr<log::Group, void (*)(log::Group*)> leaving(member->get(), [](log::Group* group) { group->leave(); });
  if (auto joined = runner.join(); !joined) return joined;
  auto done = work(runner);
  cluster_.folded_ += runner.folded();
  if (!done) return done;
  return runner.close();
}

void Cluster::MemberThread::run(std::atomic<bool>& stop, const Told& tell) {
  tell_ = &tell;
  leaving_ = &stop;
  milliseconds pause{200};
  while (!stop) {
    const auto began = std::chrono::steady_clock::now();
    auto ended = live([&](engine::GroupRunner& runner) { return runner.run(stop); });
    if (const auto standbys = cluster_.standbys()) standbys->give_back(name_);
    if (ended) return;
    ended = cluster_.with_gone_topics(kafka::where_topics_exist(ended.fault()));
    if (ended.fault().code == "instance_fenced" && ++fenced_ > kFencedMax) {
      const std::string message = ended.fault().message;
      ended = fatal("instance_fenced", message);
    }
    tell.fault(ended.fault());
    if (ended.fault().kind == Fault::Kind::fatal) {
      end = std::move(ended).fault();
      stop = true;
      return;
    }
    if (std::chrono::steady_clock::now() - began > std::chrono::seconds(30)) {
      pause = milliseconds(200);
      fenced_ = 0;
    }
    for (auto waited = milliseconds(0); waited < pause && !stop; waited += milliseconds(50))
      std::this_thread::sleep_for(milliseconds(50));
    pause = std::min(pause * 2, milliseconds(5'000));
  }
}

}  // namespace millrace::node

// Two batches of one member, step by step, so that a script can do things to them in between (torn.sh).
//
//   millrace_two_batches BROKERS NAMESPACE TIMEOUT_MS DEFENCES [NAME]      DEFENCES: all | no-watch | no-membership | chain
//
// Makes the topics `in` and `out` when they are missing, joins, says "joined". Then each line on stdin is a step, answered
// by a line on stdout:
//   send TEXT       a record into the open batch, to out/0
//   feed TEXT       the same, to in/0, where a member that chains (all defences, and chain) may have it from memory
//   chained         what it has from memory: the texts
//   commit NEXT     ends it with this position of in/0:  committed | lost | behind | the fault
//   aside NEXT      the same beside the next batch:      begun | not begun | the fault
//   ended           how that ended, when it has
//   abort           ends it without effect
//   turn            gives the group's call-backs their turn: a rebalance
// Exit: 0 at the end of stdin, 2 could not run.
#include <chrono>
#include <cstdio>
#include <deque>
#include <iostream>
#include <map>

#include "log/kafka/admin.h"
#include "log/kafka/member.h"

using namespace millrace;
using namespace millrace::log;

namespace {

struct Listener final : GroupListener {
  void assigned(const std::vector<Assignment>& partitions) override {
    mine = !partitions.empty();
    if (mine && partitions.front().committed) digest = partitions.front().committed->digest;
  }
  void revoked(const std::vector<TopicPartition>&, bool) override { mine = false; }
  bool mine = false;
  std::uint64_t digest = 0;
};

int cannot(const Fault& fault) {
  std::printf("%s: %s\n", fault.code.c_str(), fault.message.c_str());
  return 2;
}

const char* word_of(CommitEnd end) { return end == CommitEnd::committed ? "committed" : end == CommitEnd::lost ? "lost" : "behind"; }

}  // namespace

int main(int argc, char** argv) {
  const std::string defences = argv[4];
  const auto settings = kafka::KafkaSettings::from({{"brokers", argv[1]}, {"namespace", argv[2]}, {"socket.timeout.ms", argv[3]}});
  if (!settings) return cannot(settings.fault());
  const TopicTable topics({{"in", 1}, {"out", 1}});
  const TopicId in{0}, out{1};
  auto admin = kafka::KafkaAdmin::open(*settings);
  if (!admin) return cannot(admin.fault());
  // The records are old from the start: their time is nobody's concern here.
  const std::map<std::string, std::string> kept{{"retention.ms", "-1"}};
  if (auto made = (*admin)->create({{"in", 1, kept}, {"out", 1, kept}}); !made)
    return cannot(made.fault());
  kafka::MemberOptions options{.group = std::string(argv[2]) + ".spine", .identity = std::string(argv[2]) + "/" + (argc > 5 ? argv[5] : "one") + "/0"};
  options.watch_requests = defences != "no-watch";
  options.check_membership = defences != "no-membership";
  options.chain = defences == "chain";
  auto member = kafka::open_member(*settings, topics, options);
  if (!member) return cannot(member.fault());
  Listener listener;
  if (auto joined = (*member)->join({in}, listener); !joined) return cannot(joined.fault());
  const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(60);
  while (!listener.mine && std::chrono::steady_clock::now() < until)
    if (auto polled = (*member)->poll(std::chrono::milliseconds(50)); !polled) return cannot(polled.fault());
  std::setvbuf(stdout, nullptr, _IOLBF, 0);
  std::puts(listener.mine ? "joined" : "late");

  if (options.chain)
    if (auto resumed = (*member)->resume({in, Partition{0}}, Offset{0}); !resumed) return cannot(resumed.fault());

  std::deque<std::string> texts;  // whose bytes the batch sends
  for (std::string line; std::getline(std::cin, line);) {
    const std::string word = line.substr(0, line.find(' '));
    const std::string rest = line.size() > word.size() ? line.substr(word.size() + 1) : "";
    if (word == "send" || word == "feed") {
      texts.push_back(rest);
      const auto sent = (*member)->send({{word == "send" ? out : in, Partition{0}}, 1, {}, texts.back(), {}});
      std::puts(sent ? "sent" : sent.fault().code.c_str());
    } else if (word == "chained") {
      std::string all;
      do {
        const auto chained = (*member)->chained(std::chrono::milliseconds(100));
        if (!chained) return cannot(chained.fault());
        for (const Delivery& delivery : *chained)
          for (const Record& record : delivery.records) all += (all.empty() ? "" : " ") + std::string(record.value);
      } while ((*member)->chaining());
      std::puts(all.c_str());
    } else if (word == "commit" || word == "aside") {
      TaskPosition position;
      position.inbox = {in, Partition{0}};
      position.next = std::stoll(rest);
      position.digest = ++listener.digest;
      if (word == "aside") {
        const auto begun = (*member)->commit_aside(std::span(&position, 1), "env");
        std::puts(!begun ? begun.fault().code.c_str() : *begun ? "begun" : "not begun");
        continue;
      }
      const auto end = (*member)->commit(std::span(&position, 1), "env");
      std::puts(!end ? end.fault().code.c_str() : word_of(*end));
    } else if (word == "ended") {
      const auto end = (*member)->commit_ended(true);
      std::puts(!end ? end.fault().code.c_str() : word_of(**end));
    } else if (word == "abort") {
      const auto aborted = (*member)->abort();
      std::puts(aborted ? "aborted" : aborted.fault().code.c_str());
    } else if (word == "turn") {
      const auto polled = (*member)->poll(std::chrono::milliseconds(200));
      std::puts(polled ? (listener.mine ? "mine" : "not mine") : polled.fault().code.c_str());
    }
  }
  std::fflush(stdout);
  return 0;
}

// What the engine and a stage say to each other: the engine delivers a record (or a due timer) as a Step, the stage
// folds it into its tables, emits outputs through the step and answers with a Verdict.
//
// FO-1  A fold is pure: all it may use is the record, its tables, its environment and what Step gives.
// FO-2  A fold that refuses (duplicate, dead letter, misplaced) has not written a table, a timer or an output.
// FO-3  Ids of outputs are derive_id(cause id, stage, ordinal); ordinals run on over all outputs of one input, also
//       over the timers that one tick fires in several steps.
// FO-4  An output larger than kOutputMax is left out and told in `refused`: a log that could not take it would stop its
//       partition for ever.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/outputs.h"

namespace millrace {

// How a stage judged a record. `reason` and `detail` go to the dead letter; detail holds no personal data.
struct Verdict {
  enum class Kind { handled, ignored, duplicate, dead_letter, misplaced };
  Kind kind = Kind::handled;
  std::string reason{};  // dead_letter: the stable reason. misplaced: the key that owns the record
  std::string detail{};

  static Verdict handled() { return {}; }
  static Verdict ignored() { return {Kind::ignored}; }
  static Verdict duplicate() { return {Kind::duplicate}; }
  static Verdict dead(std::string reason, std::string detail = {}) {
    return {Kind::dead_letter, std::move(reason), std::move(detail)};
  }
  static Verdict misplaced(std::string key) { return {Kind::misplaced, std::move(key)}; }
};

// A timer fires on the first tick with due_ms <= now_ms, once, in the order (due_ms, kind, key). (due_ms, kind, key)
// is its identity: setting it twice is setting it once, and it is cancelled by naming all three.
struct Timer {
  TimeMs due_ms = 0;
  std::string kind;  // a stage's own name: "step", "silent"
  std::string key;   // usually tenant/lead_id
  Position set_by;   // the record that set it
  Position root;
};

class TimerPort {
 public:
  virtual ~TimerPort() = default;
  virtual void set(const Timer& timer) = 0;
  virtual void cancel(TimeMs due_ms, std::string_view kind, std::string_view key) = 0;
};

// Where an output goes. By default to the partition of its key; a copy goes to a named partition.
struct To {
  TopicId topic;
  std::string_view key;
  TimeMs event_ms = -1;           // envelope time; -1: that of the input
  std::string_view tenant = {};   // envelope tenant; empty: that of the input
  int partition = -1;             // -1: partition_of(key); else this one, marked as a broadcast copy
  std::string_view subject = {};  // envelope subject; empty: left out
  bool same_hop = false;          // a follow-up sweep: hop does not grow (spec/conventions.md section 5)
};

// One input on its way through a fold. Views live until the step ends.
class Step {
 public:
  // --- what the fold may know of the input
  std::string_view stage;
  TimeMs now_ms = 0;           // highest inbox timestamp seen on this partition, this one included
  Position at;                 // of the record, or of the tick that fires a timer
  Partition partition;         // this task's
  std::uint16_t partitions = 1;  // of this inbox
  Headers in;                  // headers of the input
  TimeMs timestamp = 0;        // of the record itself (harvest's future check)
  std::string_view raw_key;
  bool history = false;        // the namespace has clock history

  // --- set by the stage's decoder before the typed fold runs (begin_input)
  std::string cause_id;
  std::string tenant;
  TimeMs event_ms = 0;

  // --- services
  Outputs* outputs = nullptr;
  TimerPort* timers = nullptr;
  Keyring* keys = nullptr;
  const TopicTable* topics = nullptr;
  std::uint64_t next_ordinal = 0;
  std::string_view type;       // set by the decoder where the stage lists it: one text for each type, as long as the fold. For counting
  bool counts_as_tick = false;  // set by the decoder when the record is a tick that counts: due timers fire after it
  Position set_by;  // while a timer fires: the record that set it
  Position root;    // of the chain: the input's root, its own position at the front door, or the timer's
  std::vector<std::string> letters;  // reasons of dead letters that the fold wrote of what it had kept. For counting
  std::string refused;  // outputs larger than kOutputMax that were left out: "<type>, <bytes> bytes"; empty: none
  std::string_view opened;  // set by a fold: the bytes of a record that came sealed as a whole. Valid until its next step

  void begin_input(std::string_view cause, std::string_view tenant_name, TimeMs time) {
    cause_id = cause;
    tenant = tenant_name;
    event_ms = time;
  }

  void set_timer(TimeMs due_ms, std::string kind, std::string key) {
    timers->set({due_ms, std::move(kind), std::move(key), at, root});
  }
  void cancel_timer(TimeMs due_ms, std::string_view kind, std::string_view key) { timers->cancel(due_ms, kind, key); }

  // The id that the next emit() will give its record.
  std::string next_id() const { return derive_id(cause_id, stage, next_ordinal); }

  // Emits an Event (fields(), static constexpr std::string_view type) and gives the record's id.
  template <class Event>
  std::string emit(const To& to, const Event& event) {
    return emit_as(to, Event::type, event);
  }
  // The same for a body whose type is known only at run time (a fact passed on unchanged).
  template <class Body>
  std::string emit_as(const To& to, std::string_view type, const Body& body) {
    std::string id = next_id();
    std::string& out = open(to);
    out.append("{\"data\":");
    append_json(out, body, SealContext{keys, id, type});
    close(to, id, type, out);
    return id;
  }
  // Copies of a record to every partition of a topic: marked as broadcast copies, one ordinal each.
  template <class Body>
  void emit_to_all(To to, std::string_view type, const Body& body) {
    const int count = topics->partitions(to.topic);
    for (int p = 0; p < count; ++p) {
      to.partition = p;
      emit_as(to, type, body);
    }
  }

 private:
  std::string& open(const To& to);
  void close(const To& to, std::string_view id, std::string_view type, std::string& out);
};

// What a refused record says of itself, for its dead letter; empty where it cannot be told.
struct About {
  std::string id, type, tenant;
};

// One stage on one partition. Made by a factory of the topology with its tables; lives on one thread at a time.
class Fold {
 public:
  virtual ~Fold() = default;
  virtual Verdict step(const Record& record, Step& step) = 0;
  // The engine has decided by the log that this timer fires now; step.cause_id is the tick's id.
  virtual void fire(const Timer& timer, Step& step) = 0;
  // The cause id of a record: its id as outputs name it; empty when it cannot be told (broken bytes).
  virtual std::string id_of(const Record& record) const = 0;
  // Of a record that was refused: its `bytes`, opened where they came sealed, and its headers.
  virtual About about(std::string_view bytes, const Headers& headers) const = 0;
  // Hash of the policy that this partition folds under, for dead letters.
  virtual std::string_view policy_sha256() const = 0;
  // What an operator should know of the state this partition folds with, a sentence each; empty: nothing.
  virtual std::vector<std::string> warnings() const { return {}; }
  // How many timers one step may fire (engine.step_timers of that policy).
  virtual std::size_t timers_a_step() const { return 1000; }
};

}  // namespace millrace

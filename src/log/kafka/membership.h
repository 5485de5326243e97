// What shows that a member belongs to its group: the group's metadata, taken at an assignment and kept with the batch.
// Internal to this folder.
//
// MB-1  Nothing is committed with a generation below 0, without a member id, or under a lost assignment: a broker takes
//       those, and a zombie would commit.
// Threads: one.      Tests: tests/kafka/zombie.sh, tests/kafka/chaos.sh
#pragma once

#include <memory>

#include "log/kafka/client.h"

struct rd_kafka_consumer_group_metadata_s;

namespace millrace::log::kafka {

// The group's metadata, apart from the consumer that gave it.
struct MetadataCloser {
  void operator()(rd_kafka_consumer_group_metadata_s* metadata) const;
};
using GroupMetadata = std::unique_ptr<rd_kafka_consumer_group_metadata_s, MetadataCloser>;
// nullptr gives nullptr.
GroupMetadata copy_of(const rd_kafka_consumer_group_metadata_s* metadata);

class Membership {
 public:
  // The consumer that is, or will be, a member. nullptr: there is none any more.
  void use(std::shared_ptr<Client> consumer);
  // An assignment came; it is taken, and may already be `lost`; it is gone.
  void assigned();
  void revoked(bool lost) { lost_ = lost; }
  void gone() { metadata_.reset(); }
  // MB-1
  bool stands() const;
  // nullptr: no assignment.
  const rd_kafka_consumer_group_metadata_s* metadata() const { return metadata_.get(); }

 private:
  std::shared_ptr<Client> consumer_;
  GroupMetadata metadata_;
  bool lost_ = false;
};

}  // namespace millrace::log::kafka

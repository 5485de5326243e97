#include "log/kafka/membership.h"

#include <librdkafka/rdkafka.h>

#include <cstring>
#include <string_view>

#include "core/result.h"

namespace millrace::log::kafka {

namespace {

// The generation that stands in group metadata; -1 where it cannot be told. The library gives it out only as the bytes
// that it writes for its own later reading: "CGMDv2:", generation (4 bytes), group id, member id, instance id.
int generation_of(const rd_kafka_consumer_group_metadata_t* metadata) {
  constexpr std::string_view kMark = "CGMDv2:";
  void* bytes = nullptr;
  std::size_t size = 0;
  if (rd_kafka_error_t* error = rd_kafka_consumer_group_metadata_write(metadata, &bytes, &size)) {
    rd_kafka_error_destroy(error);
    return -1;
  }
  std::int32_t generation = -1;
  if (size >= kMark.size() + sizeof generation && std::memcmp(bytes, kMark.data(), kMark.size()) == 0)
    std::memcpy(&generation, static_cast<const char*>(bytes) + kMark.size(), sizeof generation);
  rd_kafka_mem_free(nullptr, bytes);
  return generation;
}

}  // namespace

void MetadataCloser::operator()(rd_kafka_consumer_group_metadata_t* metadata) const {
  rd_kafka_consumer_group_metadata_destroy(metadata);
}

// The library has no other way than through the bytes that it writes for its own later reading.
GroupMetadata copy_of(const rd_kafka_consumer_group_metadata_t* metadata) {
  if (!metadata) return nullptr;
  void* bytes = nullptr;
  std::size_t size = 0;
  rd_kafka_consumer_group_metadata_t* copy = nullptr;
  rd_kafka_error_t* failed = rd_kafka_consumer_group_metadata_write(metadata, &bytes, &size);
  if (!failed) failed = rd_kafka_consumer_group_metadata_read(&copy, bytes, size);
  if (bytes) rd_kafka_mem_free(nullptr, bytes);
  INVARIANT("MB-1", !failed, "the library does not read what it wrote");
  return GroupMetadata(copy);
}

void Membership::use(std::shared_ptr<Client> consumer) {
  metadata_.reset();
  consumer_ = std::move(consumer);
}

void Membership::assigned() {
  metadata_.reset(rd_kafka_consumer_group_metadata(consumer_->get()));
  lost_ = false;
}

bool Membership::stands() const {
  if (lost_ || !metadata_ || rd_kafka_assignment_lost(consumer_->get())) return false;
  char* member = rd_kafka_memberid(consumer_->get());
  const bool named = member && *member != '\0';
  if (member) rd_kafka_mem_free(consumer_->get(), member);
  return named && generation_of(metadata_.get()) >= 0;
}

}  // namespace millrace::log::kafka

#include "log/kafka/faults.h"

#include <librdkafka/rdkafka.h>

#include <memory>

namespace millrace::log::kafka {

namespace {

// The meaning of a code: its word, what to do about it, and its road outside of a transaction's own calls.
struct Meaning {
  std::string_view word;
  Road road;
  std::string_view remedy;
};

constexpr Meaning kUnreachable{"broker_unreachable", Road::retry,
                               "check that the brokers run, that `brokers` names a listener this machine can reach, and "
                               "whether it asks for TLS or a password (security.protocol); work goes on by itself when one answers"};
constexpr Meaning kBusy{"broker_busy", Road::retry, "the cluster is electing or loading. An instance that runs tries again by itself; a command can be given again"};
constexpr Meaning kTimedOut{"timed_out", Road::retry,
                            "an instance that runs tries again by itself, a command can be given again; if it stays so, look at the brokers' load and the network"};
constexpr Meaning kTls{"tls_failed", Road::fatal,
                       "check security.protocol and the ssl.* settings: the CA that signed the brokers' certificates, "
                       "this client's certificate and key, and the host names"};
constexpr Meaning kAuthentication{"authentication_failed", Road::fatal,
                                  "check security.protocol, sasl.mechanism, sasl.username and sasl.password"};
constexpr Meaning kTopicAcl{"topic_unauthorised", Road::fatal,
                            "give this user Read, Write, Create, Delete and DescribeConfigs on topics that begin with the "
                            "namespace (kafka-acls --add --resource-pattern-type prefixed)"};
constexpr Meaning kGroupAcl{"group_unauthorised", Road::fatal, "give this user Read on the group (kafka-acls --add)"};
constexpr Meaning kTransactionAcl{"transaction_unauthorised", Road::fatal,
                                  "give this user Write and Describe on the transactional id (kafka-acls --add)"};
constexpr Meaning kClusterAcl{"cluster_unauthorised", Road::fatal,
                              "give this user what it lacks on the cluster (kafka-acls --add: IdempotentWrite to write, "
                              "Create and AlterConfigs to create topics)"};
constexpr Meaning kTopic{"unknown_topic", Road::retry, "create the topics: millrace topology --create"};
constexpr Meaning kOffset{"out_of_range", Road::fatal,
                          "the records at that position are gone or were never written; offsets are never reset silently: put the topics "
                          "back from a backup, or begin a new namespace (`millrace topology --create --namespace NEW --data NEWFOLDER`) and produce "
                          "its facts again"};
constexpr Meaning kTooLarge{"record_too_large", Road::fatal,
                            "raise max.message.bytes of the topic and message.max.bytes here, or send smaller records"};
constexpr Meaning kReplicas{"too_few_replicas", Road::retry,
                            "fewer replicas than min.insync.replicas are in step: bring the other brokers back"};
constexpr Meaning kFull{"queue_full", Road::retry, "it is tried again when records have been delivered"};
constexpr Meaning kThrottled{"throttled", Road::retry, "the cluster's quota slows this client down"};
constexpr Meaning kFenced{"fenced", Road::renew, "another producer took this identity over; go on from what it committed"};
constexpr Meaning kInstanceFenced{"instance_fenced", Road::fatal,
                                  "another process runs with the same instance id: two processes share a state folder "
                                  "or a copy of it; stop one"};
constexpr Meaning kTransaction{"transaction_state", Road::renew, "the transaction's outcome is read from the offsets"};
constexpr Meaning kMembership{"membership_lost", Road::abort, "the batch is dropped; the group assigns its partitions anew"};
constexpr Meaning kAborted{"batch_refused", Road::abort, "the batch is sent again"};
constexpr Meaning kCorrupt{"corrupt", Road::fatal,
                           "the broker holds or sent damaged bytes: check its disk and log, and restore a replica"};
constexpr Meaning kBroker{"broker_failed", Road::retry, "look at the broker's own log and disk"};
constexpr Meaning kVersion{"broker_unsupported", Road::fatal, "use Apache Kafka 2.5 or newer"};
constexpr Meaning kSettings{"bad_settings", Road::fatal, "mend the setting that is named"};
constexpr Meaning kExists{"exists", Road::fatal, "it is there already"};
constexpr Meaning kRefused{"refused", Road::fatal, "the cluster's policy or state does not allow it"};
constexpr Meaning kLocal{"local_resource", Road::fatal, "this machine lacks memory, threads or files: see ulimit"};
constexpr Meaning kClient{"client_state", Road::fatal, "this is a fault of Millrace: report it with this text"};
constexpr Meaning kDone{"nothing", Road::retry, "nothing went wrong"};
constexpr Meaning kUnknown{"unknown_error", Road::fatal, "look the error up in the broker's log"};

// No default: the compiler names a code that a newer library adds.
Meaning meaning_of(int code) {
  switch (static_cast<rd_kafka_resp_err_t>(code)) {
    case RD_KAFKA_RESP_ERR_NO_ERROR:
    case RD_KAFKA_RESP_ERR__PARTITION_EOF:
    case RD_KAFKA_RESP_ERR__NOOP: return kDone;

    case RD_KAFKA_RESP_ERR__TRANSPORT:
    case RD_KAFKA_RESP_ERR__RESOLVE:
    case RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN:
    case RD_KAFKA_RESP_ERR__NODE_UPDATE:
    case RD_KAFKA_RESP_ERR__UNKNOWN_BROKER:
    case RD_KAFKA_RESP_ERR_BROKER_NOT_AVAILABLE:
    case RD_KAFKA_RESP_ERR_NETWORK_EXCEPTION:
    case RD_KAFKA_RESP_ERR_LISTENER_NOT_FOUND: return kUnreachable;

    case RD_KAFKA_RESP_ERR__WAIT_COORD:
    case RD_KAFKA_RESP_ERR__WAIT_CACHE:
    case RD_KAFKA_RESP_ERR__IN_PROGRESS:
    case RD_KAFKA_RESP_ERR__PREV_IN_PROGRESS:
    case RD_KAFKA_RESP_ERR__RETRY:
    case RD_KAFKA_RESP_ERR__INTR:
    case RD_KAFKA_RESP_ERR__PARTIAL:
    case RD_KAFKA_RESP_ERR__OUTDATED:
    case RD_KAFKA_RESP_ERR_LEADER_NOT_AVAILABLE:
    case RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION:
    case RD_KAFKA_RESP_ERR_REPLICA_NOT_AVAILABLE:
    case RD_KAFKA_RESP_ERR_STALE_CTRL_EPOCH:
    case RD_KAFKA_RESP_ERR_COORDINATOR_LOAD_IN_PROGRESS:
    case RD_KAFKA_RESP_ERR_COORDINATOR_NOT_AVAILABLE:
    case RD_KAFKA_RESP_ERR_NOT_COORDINATOR:
    case RD_KAFKA_RESP_ERR_NOT_CONTROLLER:
    case RD_KAFKA_RESP_ERR_CONCURRENT_TRANSACTIONS:
    case RD_KAFKA_RESP_ERR_UNSTABLE_OFFSET_COMMIT:
    case RD_KAFKA_RESP_ERR_REASSIGNMENT_IN_PROGRESS:
    case RD_KAFKA_RESP_ERR_FETCH_SESSION_ID_NOT_FOUND:
    case RD_KAFKA_RESP_ERR_INVALID_FETCH_SESSION_EPOCH:
    case RD_KAFKA_RESP_ERR_FENCED_LEADER_EPOCH:
    case RD_KAFKA_RESP_ERR_UNKNOWN_LEADER_EPOCH:
    case RD_KAFKA_RESP_ERR_STALE_BROKER_EPOCH:
    case RD_KAFKA_RESP_ERR_OFFSET_NOT_AVAILABLE:
    case RD_KAFKA_RESP_ERR_PREFERRED_LEADER_NOT_AVAILABLE:
    case RD_KAFKA_RESP_ERR_ELIGIBLE_LEADERS_NOT_AVAILABLE:
    case RD_KAFKA_RESP_ERR_OPERATION_NOT_ATTEMPTED: return kBusy;

    case RD_KAFKA_RESP_ERR__TIMED_OUT:
    case RD_KAFKA_RESP_ERR__TIMED_OUT_QUEUE:
    case RD_KAFKA_RESP_ERR__MSG_TIMED_OUT:
    case RD_KAFKA_RESP_ERR_REQUEST_TIMED_OUT: return kTimedOut;

    case RD_KAFKA_RESP_ERR__SSL: return kTls;

    case RD_KAFKA_RESP_ERR__AUTHENTICATION:
    case RD_KAFKA_RESP_ERR_SASL_AUTHENTICATION_FAILED:
    case RD_KAFKA_RESP_ERR_UNSUPPORTED_SASL_MECHANISM:
    case RD_KAFKA_RESP_ERR_ILLEGAL_SASL_STATE:
    case RD_KAFKA_RESP_ERR_SECURITY_DISABLED:
    case RD_KAFKA_RESP_ERR_DELEGATION_TOKEN_AUTH_DISABLED:
    case RD_KAFKA_RESP_ERR_DELEGATION_TOKEN_NOT_FOUND:
    case RD_KAFKA_RESP_ERR_DELEGATION_TOKEN_OWNER_MISMATCH:
    case RD_KAFKA_RESP_ERR_DELEGATION_TOKEN_REQUEST_NOT_ALLOWED:
    case RD_KAFKA_RESP_ERR_DELEGATION_TOKEN_AUTHORIZATION_FAILED:
    case RD_KAFKA_RESP_ERR_DELEGATION_TOKEN_EXPIRED:
    case RD_KAFKA_RESP_ERR_INVALID_PRINCIPAL_TYPE:
    case RD_KAFKA_RESP_ERR_UNACCEPTABLE_CREDENTIAL:
    case RD_KAFKA_RESP_ERR_PRINCIPAL_DESERIALIZATION_FAILURE: return kAuthentication;

    case RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED: return kTopicAcl;
    case RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED: return kGroupAcl;
    case RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED: return kClusterAcl;
    case RD_KAFKA_RESP_ERR_TRANSACTIONAL_ID_AUTHORIZATION_FAILED: return kTransactionAcl;

    case RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC:
    case RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION:
    case RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART: return kTopic;

    case RD_KAFKA_RESP_ERR_OFFSET_OUT_OF_RANGE:
    case RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET:
    case RD_KAFKA_RESP_ERR__NO_OFFSET: return kOffset;

    case RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE:
    case RD_KAFKA_RESP_ERR_RECORD_LIST_TOO_LARGE:
    case RD_KAFKA_RESP_ERR_OFFSET_METADATA_TOO_LARGE:
    case RD_KAFKA_RESP_ERR_INVALID_COMMIT_OFFSET_SIZE: return kTooLarge;

    case RD_KAFKA_RESP_ERR__ISR_INSUFF:
    case RD_KAFKA_RESP_ERR_NOT_ENOUGH_REPLICAS:
    case RD_KAFKA_RESP_ERR_NOT_ENOUGH_REPLICAS_AFTER_APPEND: return kReplicas;

    case RD_KAFKA_RESP_ERR__QUEUE_FULL: return kFull;
    case RD_KAFKA_RESP_ERR_THROTTLING_QUOTA_EXCEEDED: return kThrottled;

    case RD_KAFKA_RESP_ERR__FENCED:
    case RD_KAFKA_RESP_ERR_PRODUCER_FENCED:
    case RD_KAFKA_RESP_ERR_INVALID_PRODUCER_EPOCH: return kFenced;
    case RD_KAFKA_RESP_ERR_FENCED_INSTANCE_ID: return kInstanceFenced;

    case RD_KAFKA_RESP_ERR_INVALID_TXN_STATE:
    case RD_KAFKA_RESP_ERR_INVALID_PRODUCER_ID_MAPPING:
    case RD_KAFKA_RESP_ERR_TRANSACTION_COORDINATOR_FENCED:
    case RD_KAFKA_RESP_ERR_OUT_OF_ORDER_SEQUENCE_NUMBER:
    case RD_KAFKA_RESP_ERR_DUPLICATE_SEQUENCE_NUMBER:
    case RD_KAFKA_RESP_ERR_UNKNOWN_PRODUCER_ID:
    case RD_KAFKA_RESP_ERR__GAPLESS_GUARANTEE:
    case RD_KAFKA_RESP_ERR__INCONSISTENT:
    case RD_KAFKA_RESP_ERR__FATAL: return kTransaction;

    case RD_KAFKA_RESP_ERR_ILLEGAL_GENERATION:
    case RD_KAFKA_RESP_ERR_UNKNOWN_MEMBER_ID:
    case RD_KAFKA_RESP_ERR_REBALANCE_IN_PROGRESS:
    case RD_KAFKA_RESP_ERR_MEMBER_ID_REQUIRED:
    case RD_KAFKA_RESP_ERR__ASSIGNMENT_LOST:
    case RD_KAFKA_RESP_ERR__MAX_POLL_EXCEEDED:
    case RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS:
    case RD_KAFKA_RESP_ERR__REVOKE_PARTITIONS:
    case RD_KAFKA_RESP_ERR__UNKNOWN_GROUP: return kMembership;

    case RD_KAFKA_RESP_ERR__PURGE_QUEUE:
    case RD_KAFKA_RESP_ERR__PURGE_INFLIGHT:
    case RD_KAFKA_RESP_ERR_UNKNOWN: return kAborted;

    case RD_KAFKA_RESP_ERR__BAD_MSG:
    case RD_KAFKA_RESP_ERR__BAD_COMPRESSION:
    case RD_KAFKA_RESP_ERR__UNDERFLOW:
    case RD_KAFKA_RESP_ERR_INVALID_MSG:
    case RD_KAFKA_RESP_ERR_INVALID_MSG_SIZE: return kCorrupt;

    case RD_KAFKA_RESP_ERR_KAFKA_STORAGE_ERROR:
    case RD_KAFKA_RESP_ERR_LOG_DIR_NOT_FOUND: return kBroker;

    case RD_KAFKA_RESP_ERR__UNSUPPORTED_FEATURE:
    case RD_KAFKA_RESP_ERR__UNKNOWN_PROTOCOL:
    case RD_KAFKA_RESP_ERR_UNSUPPORTED_VERSION:
    case RD_KAFKA_RESP_ERR_UNSUPPORTED_FOR_MESSAGE_FORMAT:
    case RD_KAFKA_RESP_ERR_UNSUPPORTED_COMPRESSION_TYPE:
    case RD_KAFKA_RESP_ERR_INCONSISTENT_GROUP_PROTOCOL: return kVersion;

    case RD_KAFKA_RESP_ERR_INVALID_CONFIG:
    case RD_KAFKA_RESP_ERR_INVALID_PARTITIONS:
    case RD_KAFKA_RESP_ERR_INVALID_REPLICATION_FACTOR:
    case RD_KAFKA_RESP_ERR_INVALID_REPLICA_ASSIGNMENT:
    case RD_KAFKA_RESP_ERR_INVALID_TRANSACTION_TIMEOUT:
    case RD_KAFKA_RESP_ERR_INVALID_SESSION_TIMEOUT:
    case RD_KAFKA_RESP_ERR_INVALID_REQUIRED_ACKS:
    case RD_KAFKA_RESP_ERR_INVALID_GROUP_ID:
    case RD_KAFKA_RESP_ERR_TOPIC_EXCEPTION: return kSettings;

    case RD_KAFKA_RESP_ERR_TOPIC_ALREADY_EXISTS:
    case RD_KAFKA_RESP_ERR_DUPLICATE_RESOURCE: return kExists;

    case RD_KAFKA_RESP_ERR_POLICY_VIOLATION:
    case RD_KAFKA_RESP_ERR_TOPIC_DELETION_DISABLED:
    case RD_KAFKA_RESP_ERR_NON_EMPTY_GROUP:
    case RD_KAFKA_RESP_ERR_GROUP_ID_NOT_FOUND:
    case RD_KAFKA_RESP_ERR_GROUP_MAX_SIZE_REACHED:
    case RD_KAFKA_RESP_ERR_GROUP_SUBSCRIBED_TO_TOPIC:
    case RD_KAFKA_RESP_ERR_ELECTION_NOT_NEEDED:
    case RD_KAFKA_RESP_ERR_NO_REASSIGNMENT_IN_PROGRESS:
    case RD_KAFKA_RESP_ERR_INVALID_TIMESTAMP:
    case RD_KAFKA_RESP_ERR_INVALID_RECORD:
    case RD_KAFKA_RESP_ERR_RESOURCE_NOT_FOUND:
    case RD_KAFKA_RESP_ERR_INCONSISTENT_VOTER_SET:
    case RD_KAFKA_RESP_ERR_INVALID_UPDATE_VERSION:
    case RD_KAFKA_RESP_ERR_FEATURE_UPDATE_FAILED: return kRefused;

    case RD_KAFKA_RESP_ERR__CRIT_SYS_RESOURCE:
    case RD_KAFKA_RESP_ERR__FS: return kLocal;

    case RD_KAFKA_RESP_ERR__DESTROY:
    case RD_KAFKA_RESP_ERR__FAIL:
    case RD_KAFKA_RESP_ERR__INVALID_ARG:
    case RD_KAFKA_RESP_ERR__EXISTING_SUBSCRIPTION:
    case RD_KAFKA_RESP_ERR__CONFLICT:
    case RD_KAFKA_RESP_ERR__STATE:
    case RD_KAFKA_RESP_ERR__NOT_IMPLEMENTED:
    case RD_KAFKA_RESP_ERR__KEY_SERIALIZATION:
    case RD_KAFKA_RESP_ERR__VALUE_SERIALIZATION:
    case RD_KAFKA_RESP_ERR__KEY_DESERIALIZATION:
    case RD_KAFKA_RESP_ERR__VALUE_DESERIALIZATION:
    case RD_KAFKA_RESP_ERR__READ_ONLY:
    case RD_KAFKA_RESP_ERR__NOENT:
    case RD_KAFKA_RESP_ERR__INVALID_TYPE:
    case RD_KAFKA_RESP_ERR__NOT_CONFIGURED:
    case RD_KAFKA_RESP_ERR__APPLICATION:
    case RD_KAFKA_RESP_ERR_INVALID_REQUEST: return kClient;

    case RD_KAFKA_RESP_ERR__BEGIN:
    case RD_KAFKA_RESP_ERR__END:
    case RD_KAFKA_RESP_ERR_END_ALL: return kUnknown;
  }
  return kUnknown;
}

bool is_inside_transaction(Call call) {
  return call == Call::send_offsets || call == Call::commit_transaction || call == Call::abort_transaction;
}

}  // namespace

Said said_of(rd_kafka_error_t* error) {
  const std::unique_ptr<rd_kafka_error_t, decltype(&rd_kafka_error_destroy)> owned(error, rd_kafka_error_destroy);
  if (!error) return {};
  return {rd_kafka_error_code(error), rd_kafka_error_string(error), rd_kafka_error_is_fatal(error) != 0,
          rd_kafka_error_is_retriable(error) != 0, rd_kafka_error_txn_requires_abort(error) != 0};
}

Said said_of(int code) { return {code, rd_kafka_err2str(static_cast<rd_kafka_resp_err_t>(code))}; }

std::string_view word_of(int code) { return meaning_of(code).word; }

Road road_of(const Said& said, Call call) {
  const Meaning meaning = meaning_of(said.code);
  const bool in_transaction = is_inside_transaction(call);
  // The library refuses a call with a code of its own when the transaction has failed before: the flag says what to do.
  const bool told = meaning.word == kClient.word && (said.must_abort || said.fatal);
  if (meaning.road == Road::fatal && !told) return Road::fatal;
  // A restarted broker does not know its topics for a moment; who asks for a topic's description wants to know.
  if (meaning.word == kTopic.word && (call == Call::describe || call == Call::manage)) return Road::fatal;
  if (said.fatal || meaning.road == Road::renew) return Road::renew;
  if (meaning.word == kTimedOut.word && in_transaction) return Road::renew;
  if (said.must_abort || meaning.road == Road::abort || (meaning.word == kTimedOut.word && call == Call::produce)) {
    if (call == Call::abort_transaction) return Road::renew;
    return in_transaction || call == Call::produce || call == Call::begin_transaction ? Road::abort : Road::retry;
  }
  return Road::retry;
}

Fault fault_of(const Said& said, Call call, std::string_view tried, std::string_view on, std::string_view brokers) {
  const Meaning meaning = meaning_of(said.code);
  std::string message = "could not " + std::string(tried);
  if (!on.empty()) message.append(" ").append(on);
  if (!brokers.empty()) message.append(" at ").append(brokers);
  message.append(": ").append(said.text.empty() ? rd_kafka_err2str(static_cast<rd_kafka_resp_err_t>(said.code)) : said.text);
  message.append("; ").append(meaning.remedy);
  std::string word(meaning.word);
  return road_of(said, call) == Road::fatal ? fatal(std::move(word), std::move(message))
                                            : retryable(std::move(word), std::move(message));
}

Fault where_topics_exist(Fault fault) {
  if (fault.code != kTopic.word) return fault;
  return retryable(std::move(fault.code), std::move(fault.message));
}

}  // namespace millrace::log::kafka

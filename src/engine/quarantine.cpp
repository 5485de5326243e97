#include "engine/quarantine.h"

namespace millrace::engine {

namespace {

struct Body {
  std::string body;
  static constexpr auto fields() { return FieldList{field("body", &Body::body)}; }
};

struct DeadLetterEvent {
  static constexpr std::string_view type = "record.dead_lettered";
  std::string detail, inbox, policy_sha256, reason, record_id, stage, tenant;
  std::string record_type;  // "type"
  Sealed<Body> body;
  std::int64_t now_ms = 0;
  static constexpr auto fields() {
    return FieldList{field("body", &DeadLetterEvent::body),
                      field("detail", &DeadLetterEvent::detail),
                      field("inbox", &DeadLetterEvent::inbox),
                      field("now_ms", &DeadLetterEvent::now_ms),
                      field("policy_sha256", &DeadLetterEvent::policy_sha256),
                      field("reason", &DeadLetterEvent::reason),
                      field("record_id", &DeadLetterEvent::record_id),
                      field("stage", &DeadLetterEvent::stage),
                      field("tenant", &DeadLetterEvent::tenant),
                      field("type", &DeadLetterEvent::record_type)};
  }
};

constexpr std::size_t kBodyMax = 32 * 1024;

// Length of the well-formed UTF-8 character at `i`; 0 when there is none.
std::size_t character_at(std::string_view bytes, std::size_t i) {
  const auto at = [&](std::size_t k) { return static_cast<unsigned char>(bytes[k]); };
  const unsigned char c = at(i);
  const std::size_t size = c < 0x80 ? 1 : c >= 0xC2 && c < 0xE0 ? 2 : c >= 0xE0 && c < 0xF0 ? 3 : c >= 0xF0 && c < 0xF5 ? 4 : 0;
  if (size == 0 || i + size > bytes.size()) return 0;
  for (std::size_t k = 1; k < size; ++k)
    if ((at(i + k) & 0xC0) != 0x80) return 0;
  if (size == 3 && ((c == 0xE0 && at(i + 1) < 0xA0) || (c == 0xED && at(i + 1) >= 0xA0))) return 0;
  if (size == 4 && ((c == 0xF0 && at(i + 1) < 0x90) || (c == 0xF4 && at(i + 1) >= 0x90))) return 0;
  return size;
}

// JSON strings are UTF-8; a byte that is not part of it stands as the character of its number. For people only:
// `dlq retry` reads the original at its position.
std::string as_utf8(std::string_view bytes) {
  std::string out;
  out.reserve(bytes.size());
  for (std::size_t i = 0; i < bytes.size();) {
    if (const std::size_t size = character_at(bytes, i)) {
      out.append(bytes, i, size);
      i += size;
      continue;
    }
    const auto c = static_cast<unsigned char>(bytes[i++]);
    out.push_back(static_cast<char>(0xC0 | c >> 6));
    out.push_back(static_cast<char>(0x80 | (c & 0x3F)));
  }
  return out;
}

}  // namespace

void quarantine(Step& step, TopicId topic, std::string_view key, const DeadLetter& letter) {
  DeadLetterEvent event;
  event.detail = letter.detail;
  event.inbox = letter.inbox;
  event.policy_sha256 = letter.policy_sha256;
  event.reason = letter.reason;
  event.record_id = letter.record_id;
  event.stage = letter.stage;
  event.tenant = letter.tenant;
  event.record_type = letter.type;
  event.now_ms = letter.now_ms;
  event.body.fresh = Sealing<Body>{step.keys->key_for("_", kDeadLetterKeyOwner, "namespace"),
                                   Body{as_utf8(letter.body.substr(0, kBodyMax))}};
  step.emit({.topic = topic, .key = key, .event_ms = letter.now_ms, .tenant = letter.tenant.empty() ? "_" : letter.tenant},
            event);
}

}  // namespace millrace::engine

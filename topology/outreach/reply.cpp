#include "topology/outreach/reply.h"

#include <algorithm>
#include <optional>

#include "core/arith.h"
#include "topology/outreach/bounce_class.h"
#include "topology/outreach/lower_case.h"

namespace millrace::outreach {

namespace {

bool word_character(char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); }

// Number of distinct phrases found; their text is consumed. Needs: phrases longest first.
std::int64_t take_phrases(std::string& text, const std::vector<std::string>& phrases,
                          const std::vector<std::string>* marked = nullptr, bool* mark = nullptr) {
  std::int64_t hits = 0;
  for (const std::string& phrase : phrases) {
    bool found = false;
    for (auto at = text.find(phrase); at != std::string::npos; at = text.find(phrase, at + 1)) {
      const auto end = at + phrase.size();
      if ((at > 0 && word_character(text[at - 1])) || (end < text.size() && word_character(text[end]))) continue;
      std::fill(text.begin() + static_cast<std::ptrdiff_t>(at), text.begin() + static_cast<std::ptrdiff_t>(end), '\x01');
      found = true;
    }
    hits += found;
    if (found && marked && std::find(marked->begin(), marked->end(), phrase) != marked->end()) *mark = true;
  }
  return hits;
}

std::int64_t hits_of(std::string_view text, const std::vector<std::string>& phrases) {
  std::string copy(text);
  return take_phrases(copy, phrases);
}

bool is_reply_subject(std::string_view subject) {
  constexpr std::array<std::string_view, 12> prefixes = {"re:", "fw:", "fwd:", "aw:",  "wg:",  "antw:",
                                                         "sv:", "vs:", "rv:",  "tr:", "rif:", "enc:"};
  return std::any_of(prefixes.begin(), prefixes.end(), [&](std::string_view p) { return subject.starts_with(p); }) ||
         subject.starts_with("res:");
}

std::int64_t thirds(std::int64_t hits) { return std::min<std::int64_t>(10'000, rdiv(Int128{10'000} * hits, 3)); }

std::optional<Classified> by_header(const Reply& reply) {
  const std::string report = lower_case(trim(reply.report_type));
  Classified c{.confidence_bp = 10'000, .by_header = true};
  if (report == "feedback-report") {
    c.kind = ReplyKind::complaint;
    return c;
  }
  if (report != "delivery-status") return std::nullopt;
  const std::string action = lower_case(trim(reply.dsn_action));
  const std::string_view status = trim(reply.dsn_status);
  const bool harmless = action.empty() ? status.starts_with("2.") || status.starts_with("4.")
                                       : action == "delayed" || action == "relayed" || action == "delivered" ||
                                             action == "expanded";
  c.kind = harmless ? ReplyKind::ignored : ReplyKind::bounce;
  if (!harmless) c.reason = bounce_class(status, 0).reason;
  return c;
}

void longest_first(std::vector<std::string>& phrases) {
  std::stable_sort(phrases.begin(), phrases.end(),
                   [](const std::string& a, const std::string& b) { return a.size() > b.size(); });
}

}  // namespace

ReplyRules::ReplyRules()
    : bounce{"mail delivery subsystem", "delivery status notification", "mail delivery failed", "delivery has failed",
             "message not delivered", "delivery failed", "undelivered mail", "undeliverable", "returned mail",
             "address not found", "mailbox unavailable", "user unknown", "mailer-daemon"},
      complaint{"reported as spam", "marked as spam", "report you for spam", "this is spam", "abuse report",
                "stop spamming"},
      unsub{"unsubscribe", "take me off your list", "remove me from your list", "remove me", "do not contact me",
            "don't contact me", "do not email me", "stop emailing", "stop contacting", "opt me out", "opt out",
            "opt-out"},
      ooo{"out of the office", "out of office", "on annual leave", "on parental leave", "on leave", "on vacation",
          "on holiday", "away from my desk", "limited access to email"},
      automatic{"automatic reply", "automated response", "automated reply", "auto-reply", "auto reply", "autoreply"},
      negative{"no longer interested", "not interested", "not looking for", "not a good fit", "not a fit", "not for us",
               "not relevant", "not at this time", "no thank you", "no thanks", "no need", "don't need", "do not need",
               "already have a", "cannot help", "can't help", "no budget", "too expensive", "please stop"},
      referral{"wrong person", "not the right person", "not the right contact", "no longer with the company",
               "no longer works here", "has left the company", "contact my colleague", "reach out to my colleague",
               "speak to my colleague"},
      positive{"very interested", "interested", "let's talk", "let's chat", "let's schedule", "sounds good",
               "sounds great", "tell me more", "more information", "send me more", "book a call", "set up a call",
               "schedule a call", "call me", "would love to", "happy to chat", "looking forward",
               "send me a proposal", "send pricing", "yes please"},
      markers(default_quote_markers()) {
  negative.insert(negative.end(), referral.begin(), referral.end());
  for (auto* list : {&bounce, &complaint, &unsub, &ooo, &automatic, &negative, &positive}) longest_first(*list);
}

void ReplyRules::load(const Policy& policy, std::string_view tenant) {
  markers = load_quote_markers(policy, tenant);
  for (const auto& [key, value] : policy.table("reply.phrases", tenant)) {
    const std::string name = lower_case(std::string_view(key).substr(0, key.find('.')));
    const auto* given = std::get_if<std::vector<std::string>>(&value);
    if (!given) continue;
    auto* list = name == "bounce"      ? &bounce
                 : name == "complaint" ? &complaint
                 : name == "unsub"     ? &unsub
                 : name == "ooo"       ? &ooo
                 : name == "auto"      ? &automatic
                 : name == "negative" || name == "referral" ? &negative
                 : name == "positive" ? &positive
                                      : nullptr;
    if (!list) continue;
    for (const std::string& phrase : *given) {
      std::string normal = one_blank(normalise_reply(phrase));
      if (normal.empty() || std::find(list->begin(), list->end(), normal) != list->end()) continue;
      if (name == "referral") referral.push_back(normal);
      list->push_back(std::move(normal));
    }
    longest_first(*list);
  }
}

Classified classify(const Reply& reply, const ReplyRules& rules) {
  if (const auto sure = by_header(reply)) return *sure;

  const std::string subject = one_blank(normalise_reply(reply.subject));
  const std::string body = own_words(normalise_reply(reply.body), normalise_reply(reply.original), rules.markers);
  const std::string all = subject + '\n' + body;
  const std::string& own = is_reply_subject(subject) ? body : all;

  if (const auto hits = hits_of(all, rules.bounce))
    return {.kind = ReplyKind::bounce, .confidence_bp = thirds(hits), .reason = "bounce_hard"};
  if (const auto hits = hits_of(all, rules.complaint))
    return {.kind = ReplyKind::complaint, .confidence_bp = thirds(hits)};
  if (const auto hits = hits_of(own, rules.unsub))
    return {.kind = ReplyKind::unsub, .confidence_bp = std::min<std::int64_t>(10'000, 5'000 * hits)};

  const std::string submitted = lower_case(trim(reply.auto_submitted));
  const bool header = !submitted.empty() && submitted != "no";
  const auto away = hits_of(all, rules.ooo);
  const auto automatic = hits_of(all, rules.automatic);
  if (away || automatic || header)
    return {.kind = away ? ReplyKind::ooo : ReplyKind::automatic,
            .confidence_bp = header ? 10'000 : thirds(away + automatic)};

  std::string rest = own;
  bool referral = false;
  const auto negative = take_phrases(rest, rules.negative, &rules.referral, &referral);
  const auto positive = take_phrases(rest, rules.positive);
  if (negative > 0 && negative >= positive)
    return {.kind = ReplyKind::negative, .confidence_bp = thirds(negative), .referral = referral};
  if (positive > 0) return {.kind = ReplyKind::positive, .confidence_bp = thirds(positive)};
  return {};
}

}  // namespace millrace::outreach

// What of a reply its writer wrote: quoted text, its introductions and lines of the message replied to are dropped
// (spec/outreach.md section 7).
//
// QT-1  A quotation starts at the first line that is, alone or with the next, an introduction ("On …, Bob wrote:"), a
//       banner ("-----Original Message-----"), a rule of underscores, or a header block (From, Sent, To).
// Knows six languages; policy [reply.quote_markers.<language>] adds or replaces lists.
// Tests: tests/unit/outreach_reply_test.cpp
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "topology/policy/policy.h"

namespace millrace::outreach {

struct QuoteLanguage {
  std::vector<std::string> intro;     // whole lines, "…" = anything
  std::vector<std::string> original;  // phrases after five or more hyphens
  std::vector<std::string> from, sent, to;  // words before ':' of a header block
};
using QuoteMarkers = std::map<std::string, QuoteLanguage>;  // by language code

const QuoteMarkers& default_quote_markers();
QuoteMarkers load_quote_markers(const Policy& policy, std::string_view tenant);

// ’ to ', no-break space to blank, lower case.
std::string normalise_reply(std::string_view text);
// White space of any kind and length to one blank, none at the ends.
std::string one_blank(std::string_view text);

// The writer's own text. Needs: both texts normalised. `original` may be empty.
std::string own_words(std::string_view body, std::string_view original, const QuoteMarkers& markers);

}  // namespace millrace::outreach

#include "topology/outreach/quotation.h"

#include <algorithm>
#include <optional>
#include <set>

#include "topology/outreach/lower_case.h"

namespace millrace::outreach {

namespace {

constexpr std::string_view kAnything = "…";

// Whether `text` matches `pattern` from start to end.
bool matches(std::string_view text, std::string_view pattern) {
  const auto wild = pattern.find(kAnything);
  if (wild == std::string_view::npos) return text == pattern;
  if (!text.starts_with(pattern.substr(0, wild))) return false;
  text.remove_prefix(wild);
  pattern.remove_prefix(wild + kAnything.size());
  for (;;) {
    const auto next = pattern.find(kAnything);
    if (next == std::string_view::npos) return text.ends_with(pattern);
    // The earliest place leaves the most for what follows.
    const auto at = text.find(pattern.substr(0, next));
    if (at == std::string_view::npos) return false;
    text.remove_prefix(at + next);
    pattern.remove_prefix(next + kAnything.size());
  }
}

bool is_intro(std::string_view line, const QuoteMarkers& markers) {
  if (!line.ends_with(':')) {  // every default ends so; a policy's own need not
    bool own = false;
    for (const auto& [code, language] : markers)
      for (const std::string& intro : language.intro) own |= !intro.ends_with(':');
    if (!own) return false;
  }
  for (const auto& [code, language] : markers)
    for (const std::string& intro : language.intro)
      if (matches(line, intro)) return true;
  return false;
}

bool is_banner(std::string_view line, const QuoteMarkers& markers) {
  const auto hyphens = std::min(line.find_first_not_of('-'), line.size());
  if (hyphens < 5) return false;
  const std::string_view rest = trim(line.substr(hyphens));
  for (const auto& [code, language] : markers)
    for (const std::string& phrase : language.original)
      if (rest.starts_with(phrase)) return true;
  return false;
}

bool is_rule(std::string_view line) {
  return line.size() >= 10 && line.find_first_not_of('_') == std::string_view::npos;
}

// "*von :* bob" -> "von"; nullopt without a colon.
std::optional<std::string> header_word(std::string_view line) {
  const auto colon = line.find(':');
  if (colon == std::string_view::npos || colon > 40) return std::nullopt;
  std::string word;
  for (const char c : line.substr(0, colon))
    if (c != '*') word.push_back(c);
  return std::string(trim(word));
}

bool one_of(const std::vector<std::string>& words, const std::optional<std::string>& word) {
  return word && std::find(words.begin(), words.end(), *word) != words.end();
}

bool is_header_block(const std::vector<std::string_view>& lines, std::size_t at, const QuoteMarkers& markers) {
  const auto first = header_word(lines[at]);
  if (!first) return false;
  for (const auto& [code, language] : markers) {
    if (!one_of(language.from, first)) continue;
    bool sent = false, to = false;
    for (std::size_t i = at + 1; i < lines.size() && i <= at + 5; ++i) {
      const auto word = header_word(lines[i]);
      sent |= one_of(language.sent, word);
      to |= one_of(language.to, word);
    }
    if (sent && to) return true;
  }
  return false;
}

std::vector<std::string_view> split_lines(std::string_view text) {
  std::vector<std::string_view> lines;
  std::size_t begin = 0;
  for (std::size_t i = 0; i <= text.size(); ++i) {
    if (i < text.size() && text[i] != '\n' && text[i] != '\r') continue;
    lines.push_back(trim(text.substr(begin, i - begin)));
    if (i + 1 < text.size() && text[i] == '\r' && text[i + 1] == '\n') ++i;
    begin = i + 1;
  }
  return lines;
}

bool starts_quotation(const std::vector<std::string_view>& lines, std::size_t at, const QuoteMarkers& markers) {
  const std::string_view line = lines[at];
  if (line.empty()) return false;
  if (is_intro(line, markers) || is_banner(line, markers) || is_rule(line) || is_header_block(lines, at, markers))
    return true;
  if (at + 1 == lines.size() || lines[at + 1].empty() || is_intro(lines[at + 1], markers)) return false;
  std::string joined(line);
  joined.append(" ").append(lines[at + 1]);
  return is_intro(joined, markers);
}

void replace_all(std::string& text, std::string_view what, std::string_view with) {
  for (auto at = text.find(what); at != std::string::npos; at = text.find(what, at + with.size()))
    text.replace(at, what.size(), with);
}

}  // namespace

const QuoteMarkers& default_quote_markers() {
  static const QuoteMarkers markers = {
      {"de",
       {{"am … schrieb …:"},
        {"ursprüngliche nachricht", "weitergeleitete nachricht"},
        {"von"},
        {"gesendet", "datum"},
        {"an", "betreff"}}},
      {"en", {{"on … wrote:"}, {"original message", "forwarded message"}, {"from"}, {"sent", "date"}, {"to", "subject"}}},
      {"es",
       {{"el … escribió:"},
        {"mensaje original", "mensaje reenviado"},
        {"de"},
        {"enviado", "enviado el", "fecha"},
        {"para", "asunto"}}},
      {"fr",
       {{"le … a écrit :", "le … a écrit:"},
        {"message d'origine", "message transféré"},
        {"de"},
        {"envoyé", "date"},
        {"à", "objet"}}},
      {"it",
       {{"il … ha scritto:"}, {"messaggio originale", "messaggio inoltrato"}, {"da"}, {"inviato", "data"}, {"a", "oggetto"}}},
      {"pt",
       {{"em … escreveu:", "… escreveu no dia …:"},
        {"mensagem original", "mensagem encaminhada"},
        {"de"},
        {"enviado", "enviada", "enviada em", "data"},
        {"para", "assunto"}}}};
  return markers;
}

QuoteMarkers load_quote_markers(const Policy& policy, std::string_view tenant) {
  QuoteMarkers markers = default_quote_markers();
  for (const auto& [key, value] : policy.table("reply.quote_markers", tenant)) {
    const auto* given = std::get_if<std::vector<std::string>>(&value);
    const auto dot = key.find('.');
    if (!given || dot == std::string::npos) continue;
    std::vector<std::string> list;
    for (const std::string& each : *given) list.push_back(normalise_reply(each));
    QuoteLanguage& language = markers[key.substr(0, dot)];
    const std::string column = key.substr(dot + 1);
    if (column == "intro") language.intro = std::move(list);
    else if (column == "original") language.original = std::move(list);
    else if (column == "from") language.from = std::move(list);
    else if (column == "sent") language.sent = std::move(list);
    else if (column == "to") language.to = std::move(list);
  }
  return markers;
}

std::string normalise_reply(std::string_view text) {
  std::string out = lower_case(text);
  replace_all(out, "\u2019", "'");
  replace_all(out, "\u00a0", " ");
  replace_all(out, "\u202f", " ");  // the narrow one, which French puts before a colon
  return out;
}

std::string one_blank(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  bool gap = false;
  for (const char c : text) {
    if (c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\v' || c == '\f') {
      gap = !out.empty();
      continue;
    }
    if (gap) out.push_back(' ');
    gap = false;
    out.push_back(c);
  }
  return out;
}

std::string own_words(std::string_view body, std::string_view original, const QuoteMarkers& markers) {
  std::set<std::string_view> sent;
  for (const std::string_view line : split_lines(original))
    if (!line.empty()) sent.insert(line);
  const auto lines = split_lines(body);
  std::string kept;
  for (std::size_t i = 0; i < lines.size(); ++i) {
    if (starts_quotation(lines, i, markers)) break;
    if (lines[i].starts_with('>') || sent.contains(lines[i])) continue;
    kept.append(lines[i]).push_back('\n');
  }
  return one_blank(kept);
}

}  // namespace millrace::outreach

// Which lead a record is about: identifiers resolved to leads, leads joined when they turn out to be one (spec/harvest.md
// section 6).
//
// Takes   tokens of normalised identifiers; never the identifiers.
// Gives   the lead of a capture (new, known, or merged from several), the lead of a reference.
//
// ID-1  A token belongs to one lead: the index is set when it is first seen and moves only with a merge or a split.
// ID-2  Strong identifiers (external id, email, LinkedIn) join leads; a phone matches only where no strong one does and
//       the emails do not speak against it; a role address and a name never join.
// ID-3  An absorbed id stays an alias for ever; resolve() follows it.
// ID-4  At most `max_per_kind` tokens of a kind are kept for a lead.
// Tables: lead (tenant/lead_id), idx (tenant/kind/token), alias (tenant/lead_id), absorbed
//         (tenant/survivor\nabsorbed: the aliases of a lead, a family of rows).
// Tests: conformance harvest.identity, tests/golden/merge_by_email
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "core/keys.h"
#include "state/table.h"
#include "topology/harvest/lead.h"

namespace millrace::harvest {

enum class IdKind { external_id, email, linkedin, phone, role_email };
constexpr std::array<std::string_view, 5> enum_names(IdKind) { return {"external_id", "email", "linkedin", "phone", "role_email"}; }
inline constexpr std::array kIdKinds = {IdKind::external_id, IdKind::email, IdKind::linkedin, IdKind::phone, IdKind::role_email};

struct IndexRow {
  std::string lead_id;
  static constexpr auto fields() { return FieldList{field("lead_id", &IndexRow::lead_id)}; }
};

struct AbsorbedRow {
  static constexpr auto fields() { return FieldList{}; }
};

// Tokens of one record, in the order in which they are tried.
struct Identifiers {
  std::vector<std::string> external_ids;
  std::string email, linkedin, phone, role_email;  // empty: none
  bool has_strong() const { return !external_ids.empty() || !email.empty() || !linkedin.empty(); }
  // Also a role address: captures that have nothing else share a lead.
  bool any() const { return has_strong() || !phone.empty() || !role_email.empty(); }
};

struct IdentityLimits {
  std::int64_t max_per_kind = 10, max_merge = 5;
};

class Identity {
 public:
  explicit Identity(state::TableSpace& space);

  // The lead that an id stands for today; empty when it is not known.
  std::string resolve(std::string_view tenant, std::string_view lead_id);
  // The lead that owns a token; empty when none does.
  std::string owner_of(std::string_view tenant, IdKind kind, std::string_view token);
  const LeadRow* find(std::string_view tenant, std::string_view lead_id);
  LeadRow& edit(std::string_view tenant, std::string_view lead_id);

  // The distinct leads that the identifiers of a capture belong to (ID-2); empty: a new one.
  std::vector<std::string> match(std::string_view tenant, const Identifiers& ids);
  // Those of the strong ones alone.
  std::vector<std::string> match_strong(std::string_view tenant, const Identifiers& ids);
  // Joins leads into the one first seen (ties: the smaller id) and gives their ids, the survivor first. The rows of the
  // absorbed are gone, their tokens are the survivor's. Needs: two leads or more.
  std::vector<std::string> merge(std::string_view tenant, const std::vector<std::string>& leads, LeadEdit& survivor, Keyring& keys);

  // Gives a lead the tokens of a record: those that nobody owns are indexed. What was indexed now is appended to
  // `indexed`; tokens above the limit are left out with a warning (ID-4).
  struct Indexed {
    IdKind kind;
    std::string token;
  };
  void adopt(std::string_view tenant, LeadEdit& lead, const Identifiers& ids, const IdentityLimits& limits, std::vector<Indexed>& indexed);
  // The ids that were absorbed into a lead, sorted.
  std::vector<std::string> aliases_of(std::string_view tenant, std::string_view lead_id);
  // Drops a lead, what its tokens lead to, and its aliases.
  void erase(std::string_view tenant, std::string_view lead_id);
  // Takes a token from one lead for another (a split).
  void move(std::string_view tenant, IdKind kind, const std::string& token, LeadRow& from, std::string_view to_id, LeadRow& to);

 private:
  void point(std::string_view tenant, IdKind kind, std::string_view token, std::string_view lead_id);

  state::Table<LeadRow> leads_;
  state::Table<IndexRow> index_, aliases_;
  state::Table<AbsorbedRow> absorbed_;
};

// The list of a kind.
std::vector<std::string>& tokens_of(TokenLists& tokens, IdKind kind);
bool holds(const std::vector<std::string>& tokens, std::string_view token);

}  // namespace millrace::harvest

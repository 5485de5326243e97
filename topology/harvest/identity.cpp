#include "topology/harvest/identity.h"

#include <algorithm>

#include "topology/harvest/tables.h"

namespace millrace::harvest {

namespace {

constexpr std::size_t kTokenDigits = 32;  // of a token in a key: 128 bits

std::string index_key(std::string_view tenant, IdKind kind, std::string_view token) {
  std::string key;
  key.reserve(tenant.size() + kTokenDigits + 3);
  return key.append(tenant).append("/").append(1, "xelpr"[static_cast<int>(kind)]).append("/").append(token.substr(0, kTokenDigits));
}

std::string absorbed_key(std::string_view tenant, std::string_view survivor, std::string_view absorbed) {
  return key_of(tenant, survivor).append("\n").append(absorbed);
}

void add_once(std::vector<std::string>& list, std::string item) {
  if (!item.empty() && !holds(list, item)) list.push_back(std::move(item));
}

// A weak match holds where one side has no email, or both have the same.
bool emails_agree(const LeadRow& lead, const Identifiers& ids) {
  if (ids.email.empty() && ids.role_email.empty()) return true;
  if (lead.tokens.emails.empty() && lead.tokens.role_emails.empty()) return true;
  return holds(lead.tokens.emails, ids.email) || holds(lead.tokens.role_emails, ids.role_email);
}

}  // namespace

std::vector<std::string>& tokens_of(TokenLists& tokens, IdKind kind) {
  switch (kind) {
    case IdKind::external_id: return tokens.external_ids;
    case IdKind::email: return tokens.emails;
    case IdKind::linkedin: return tokens.linkedins;
    case IdKind::phone: return tokens.phones;
    case IdKind::role_email: break;
  }
  return tokens.role_emails;
}
bool holds(const std::vector<std::string>& tokens, std::string_view token) {
  return std::find(tokens.begin(), tokens.end(), token) != tokens.end();
}

Identity::Identity(state::TableSpace& space) : leads_(space, "lead"), index_(space, "idx"), aliases_(space, "alias"), absorbed_(space, "absorbed") {}

std::string Identity::resolve(std::string_view tenant, std::string_view lead_id) {
  const std::string key = key_of(tenant, lead_id);
  if (leads_.contains(key)) return std::string(lead_id);
  const IndexRow* alias = aliases_.find(key);
  return alias ? alias->lead_id : std::string();
}

std::string Identity::owner_of(std::string_view tenant, IdKind kind, std::string_view token) {
  if (token.empty()) return {};
  const IndexRow* row = index_.find(index_key(tenant, kind, token));
  return row ? resolve(tenant, row->lead_id) : std::string();
}

const LeadRow* Identity::find(std::string_view tenant, std::string_view lead_id) { return leads_.find(key_of(tenant, lead_id)); }
LeadRow& Identity::edit(std::string_view tenant, std::string_view lead_id) { return leads_.edit(key_of(tenant, lead_id)); }

std::vector<std::string> Identity::match_strong(std::string_view tenant, const Identifiers& ids) {
  std::vector<std::string> leads;
  for (const std::string& token : ids.external_ids) add_once(leads, owner_of(tenant, IdKind::external_id, token));
  add_once(leads, owner_of(tenant, IdKind::email, ids.email));
  add_once(leads, owner_of(tenant, IdKind::linkedin, ids.linkedin));
  return leads;
}

std::vector<std::string> Identity::match(std::string_view tenant, const Identifiers& ids) {
  std::vector<std::string> leads = match_strong(tenant, ids);
  if (!leads.empty()) return leads;
  if (std::string weak = owner_of(tenant, IdKind::phone, ids.phone); !weak.empty() && emails_agree(*find(tenant, weak), ids)) {
    leads.push_back(std::move(weak));
    return leads;
  }
  if (!ids.has_strong() && ids.phone.empty()) add_once(leads, owner_of(tenant, IdKind::role_email, ids.role_email));
  return leads;
}

void Identity::point(std::string_view tenant, IdKind kind, std::string_view token, std::string_view lead_id) {
  index_.edit(index_key(tenant, kind, token)).lead_id = lead_id;
}

std::vector<std::string> Identity::merge(std::string_view tenant, const std::vector<std::string>& leads, LeadEdit& survivor, Keyring& keys) {
  std::vector<std::string> order = leads;
  std::sort(order.begin(), order.end(), [&](const std::string& a, const std::string& b) {
    const TimeMs first_a = find(tenant, a)->first_seen_ms, first_b = find(tenant, b)->first_seen_ms;
    return first_a != first_b ? first_a < first_b : a < b;
  });
  survivor.lead_id = order.front();
  survivor.row = &edit(tenant, order.front());
  for (std::size_t i = 1; i < order.size(); ++i) {
    LeadEdit absorbed{.lead_id = order[i], .row = &edit(tenant, order[i])};
    fill_from(survivor, absorbed, tenant, keys);
    for (const IdKind kind : kIdKinds) {
      std::vector<std::string>& mine = tokens_of(survivor.row->tokens, kind);
      for (std::string& token : tokens_of(absorbed.row->tokens, kind)) {
        const std::string key = index_key(tenant, kind, token);
        if (const IndexRow* row = index_.find(key); row && row->lead_id == order[i]) index_.edit(key).lead_id = order.front();
        add_once(mine, std::move(token));
      }
    }
    for (std::string& id : aliases_of(tenant, order[i])) {  // so that an alias is one step from its lead
      absorbed_.erase(absorbed_key(tenant, order[i], id));
      absorbed_.edit(absorbed_key(tenant, order.front(), id));
      aliases_.edit(key_of(tenant, id)).lead_id = order.front();
    }
    aliases_.edit(key_of(tenant, order[i])).lead_id = order.front();
    absorbed_.edit(absorbed_key(tenant, order.front(), order[i]));
    leads_.erase(key_of(tenant, order[i]));
  }
  return order;
}

void Identity::adopt(std::string_view tenant, LeadEdit& lead, const Identifiers& ids, const IdentityLimits& limits,
                     std::vector<Indexed>& indexed) {
  bool over = false;
  const bool role_alone = !ids.has_strong() && ids.phone.empty();
  const auto take = [&](IdKind kind, const std::string& token) {
    if (token.empty()) return;
    std::vector<std::string>& list = tokens_of(lead.row->tokens, kind);
    const bool held = holds(list, token);
    if (!held && static_cast<std::int64_t>(list.size()) >= limits.max_per_kind) {
      over = true;
      return;
    }
    if (!held) list.push_back(token);
    // A role address leads to a lead only if that lead has nothing else.
    if (held || (kind == IdKind::role_email && !role_alone)) return;
    IndexRow& row = index_.edit(index_key(tenant, kind, token));
    if (!row.lead_id.empty() && !resolve(tenant, row.lead_id).empty()) return;
    row.lead_id = lead.lead_id;
    indexed.push_back({kind, token});
  };
  for (const std::string& token : ids.external_ids) take(IdKind::external_id, token);
  take(IdKind::email, ids.email);
  take(IdKind::linkedin, ids.linkedin);
  take(IdKind::phone, ids.phone);
  take(IdKind::role_email, ids.role_email);
  if (over) lead.warnings.emplace_back("identifier_limit");
}

std::vector<std::string> Identity::aliases_of(std::string_view tenant, std::string_view lead_id) {
  std::vector<std::string> out;
  const std::string prefix = absorbed_key(tenant, lead_id, {});
  absorbed_.scan(prefix, {}, [&](std::string_view key, const AbsorbedRow&) {
    out.emplace_back(key.substr(prefix.size()));
    return true;
  });
  return out;
}

void Identity::erase(std::string_view tenant, std::string_view lead_id) {
  const std::string key = key_of(tenant, lead_id);
  TokenLists tokens = leads_.find(key)->tokens;
  for (const IdKind kind : kIdKinds)
    for (const std::string& token : tokens_of(tokens, kind)) {
      const std::string index = index_key(tenant, kind, token);
      if (const IndexRow* row = index_.find(index); row && row->lead_id == lead_id) index_.erase(index);
    }
  for (const std::string& id : aliases_of(tenant, lead_id)) {
    absorbed_.erase(absorbed_key(tenant, lead_id, id));
    aliases_.erase(key_of(tenant, id));
  }
  leads_.erase(key);
}

void Identity::move(std::string_view tenant, IdKind kind, const std::string& token, LeadRow& from, std::string_view to_id, LeadRow& to) {
  std::erase(tokens_of(from.tokens, kind), token);
  add_once(tokens_of(to.tokens, kind), token);
  point(tenant, kind, token, to_id);
}

}  // namespace millrace::harvest

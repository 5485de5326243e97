// learning.outcomes -> learn, as score and outreach emit them.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "core/fields.h"
#include "core/keys.h"

namespace millrace {

struct OutcomeExposure {
  static constexpr std::string_view type = "outcome.exposure";
  std::string experiment_id, variant_id, subject;
  std::int64_t at_ms = 0;
  static constexpr auto fields() {
    return FieldList{required("at_ms", &OutcomeExposure::at_ms),
                      required("experiment_id", &OutcomeExposure::experiment_id),
                      required("subject", &OutcomeExposure::subject),
                      required("variant_id", &OutcomeExposure::variant_id)};
  }
};

struct OutcomeSuccess {
  static constexpr std::string_view type = "outcome.success";
  std::string experiment_id, variant_id, subject;
  std::optional<std::int64_t> value_cents;
  std::int64_t at_ms = 0;
  static constexpr auto fields() {
    return FieldList{required("at_ms", &OutcomeSuccess::at_ms),
                      required("experiment_id", &OutcomeSuccess::experiment_id),
                      required("subject", &OutcomeSuccess::subject),
                      field("value_cents", &OutcomeSuccess::value_cents),
                      required("variant_id", &OutcomeSuccess::variant_id)};
  }
};

struct ScriptExposure {
  static constexpr std::string_view type = "script.exposure";
  std::string slot, script_id, subject;
  std::int64_t at_ms = 0;
  static constexpr auto fields() {
    return FieldList{required("at_ms", &ScriptExposure::at_ms),
                      required("script_id", &ScriptExposure::script_id),
                      required("slot", &ScriptExposure::slot),
                      required("subject", &ScriptExposure::subject)};
  }
};

struct ScriptSuccess {
  static constexpr std::string_view type = "script.success";
  std::string slot, script_id, subject;
  std::int64_t at_ms = 0;
  static constexpr auto fields() {
    return FieldList{required("at_ms", &ScriptSuccess::at_ms),
                      required("script_id", &ScriptSuccess::script_id),
                      required("slot", &ScriptSuccess::slot),
                      required("subject", &ScriptSuccess::subject)};
  }
};

struct OutcomeModel {
  static constexpr std::string_view type = "outcome.model";
  std::string model;
  std::int64_t version = 0, predicted_bp = 0;
  bool actual = false;
  static constexpr auto fields() {
    return FieldList{field("actual", &OutcomeModel::actual),
                      required("model", &OutcomeModel::model),
                      required("predicted_bp", &OutcomeModel::predicted_bp),
                      required("version", &OutcomeModel::version)};
  }
};

}  // namespace millrace

// What calling an allowed global, or resolving a persistent id, makes of its arguments: plain values.
// Used by the machine in pickle.cpp only; every argument is hostile and checked here.
//
// Throws ModelError without the file's name; the machine adds it.
#pragma once

#include "worker/model/pickle.hpp"

namespace hrn::model::pickle {

// REDUCE: the value of `callee(*arguments)`.
[[nodiscard]] Value call_global(Document& document, Ref callee, Ref arguments);

// BINPERSID: the storage that a persistent id ("storage", type, key, location, count[, view]) names.
[[nodiscard]] Value resolve_persistent_id(Document& document, Ref id);

}  // namespace hrn::model::pickle

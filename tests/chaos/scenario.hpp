// Steps that the loops over N have in common: a few files of different fates, waiting for the end of the work
// or of the service, and the comparison of the books.
#pragma once

#include <string>
#include <vector>

#include "tests/behaviour/support/service.hpp"
#include "tests/chaos/ledger.hpp"
#include "tests/chaos/totals.hpp"

namespace hrn::test {

// Three good files in different folders, and one without a face.
void drop_a_few(const Service& service, Ledger& ledger);

// Has every dropped file ended, as far as the service says? False when it does not answer.
[[nodiscard]] bool is_through(const Service& service, const Ledger& ledger);
// Until the supervisor is dead, or through with everything; std::runtime_error after a minute.
void wait_for_end(Service& service, const Ledger& ledger);

// Starts the supervisor again if it is dead, lets it finish, compares the books. Keeps the folder if they are
// wrong.
[[nodiscard]] std::vector<std::string> finish_and_judge(Service& service, const Ledger& ledger,
                                                        const Rules& rules, Totals& totals);

}  // namespace hrn::test

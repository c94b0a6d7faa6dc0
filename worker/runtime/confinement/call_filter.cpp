#include "worker/runtime/confinement/call_filter.hpp"

#include <seccomp.h>
#include <unistd.h>

#include <cerrno>
#include <memory>
#include <new>
#include <string>
#include <system_error>

#include "worker/runtime/confinement/call_rules.hpp"

namespace hrn::runtime {

namespace {

struct Release {
    void operator()(void* context) const { ::seccomp_release(context); }
};
using Filter = std::unique_ptr<void, Release>;

void check(int result, const std::string& what) {
    if (result < 0) {
        throw std::system_error(-result, std::generic_category(), what);
    }
}

// Negative: this architecture has no such call.
int number_of(const CallRule& rule) {
    const int known = ::seccomp_syscall_resolve_name(rule.name);
    return known == __NR_SCMP_ERROR ? rule.number : known;
}

void add(const Filter& filter, const CallRule& rule) {
    const int number = number_of(rule);
    if (number < 0) {
        return;
    }
    const auto action = SCMP_ACT_ERRNO(static_cast<unsigned>(rule.error));
    scmp_arg_cmp condition{rule.argument, SCMP_CMP_NE, rule.value, 0};
    if (rule.when == When::masked_equal) {
        condition = {rule.argument, SCMP_CMP_MASKED_EQ, rule.mask, rule.value};
    }
    const unsigned conditions = rule.when == When::always ? 0 : 1;
    // The exact variant: a rule that this architecture cannot express must not become a wider one.
    check(::seccomp_rule_add_exact_array(filter.get(), action, number, conditions, &condition),
          std::string("a rule for the system call ") + rule.name);
}

}  // namespace

bool filter_calls() {
    const Filter filter(::seccomp_init(SCMP_ACT_ALLOW));
    if (!filter) {
        throw std::bad_alloc();
    }
    check(::seccomp_attr_set(filter.get(), SCMP_FLTATR_CTL_TSYNC, 1), "seccomp for all threads");
    check(::seccomp_attr_set(filter.get(), SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS), "seccomp");
    for (const CallRule& rule : call_rules()) {
        add(filter, rule);
    }
    for (const CallRule& rule : child_rules()) {
        add(filter, rule);
    }
    for (const CallRule& rule : rules_about_others(::getpid())) {
        add(filter, rule);
    }
    // What is left to fail is the kernel (EINVAL, ENOSYS: no such thing; EPERM, ECANCELED: not here).
    return ::seccomp_load(filter.get()) == 0;
}

}  // namespace hrn::runtime

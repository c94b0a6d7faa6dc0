// A thread's name as `top -H` and a core dump show it: which stage takes the time.
//
// Called by the thread itself. At most 15 characters. A name that the system refuses is no trouble.
#pragma once

#include <pthread.h>

namespace hrn::runtime {

inline void name_this_thread(const char* name) {
    static_cast<void>(::pthread_setname_np(::pthread_self(), name));
}

}  // namespace hrn::runtime

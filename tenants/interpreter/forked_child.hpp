// A child that a kernel's code has forked: the daemon's threads are gone there, and its locks may be held for ever.
#pragma once

#include <string_view>

namespace corncob::tenants::interpreter {

/// From now on forks are looked after. The daemon's handlers of signals write to a pipe, and a child has the same one:
/// from its first moment on it does not run them, or the daemon would go down with each child that is ended.
void watch_forks();

/// This process is one.
bool in_forked_child();

/// A child prints to its descriptors, which are pipes to its kernel (children.py). What cannot be written is lost.
void write_all(int fd, std::string_view text);

/// A child that has come to the end of its cell ends: the kernel is its parent. Elsewhere it does nothing.
void end_forked_child();

}  // namespace corncob::tenants::interpreter

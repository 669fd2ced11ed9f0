// A while without the GIL.
#pragma once

#include <pybind11/pybind11.h>

#include "tenants/interpreter/forked_child.hpp"
#include "tenants/interpreter/gil_entrance.hpp"

namespace corncob::tenants::interpreter {

/// Lets other threads run Python while this one, which holds the GIL before and afterwards, waits in C++.
class GilPause {
 public:
    explicit GilPause(GilEntrance& entrance) : entrance_(entrance), state_(PyEval_SaveThread()) {}
    ~GilPause() {
        const bool alone = in_forked_child();  // whoever had a place is not there
        if (!alone) entrance_.enter();
        PyEval_RestoreThread(state_);
        if (!alone) entrance_.leave();
    }
    GilPause(const GilPause&) = delete;
    GilPause& operator=(const GilPause&) = delete;

 private:
    GilEntrance& entrance_;
    PyThreadState* const state_;
};

}  // namespace corncob::tenants::interpreter

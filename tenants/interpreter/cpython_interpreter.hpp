// Interpreter on CPython: IPython shells on threads of this process.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "tenants/interpreter/gil_entrance.hpp"
#include "tenants/interpreter/gil_watch.hpp"
#include "tenants/interpreter/interpreter.hpp"
#include "tenants/interpreter/interrupter.hpp"

namespace corncob::tenants::interpreter {

/// Make one a process, after start_cpython(). Thread-safe.
class CpythonInterpreter final : public Interpreter {
 public:
    CpythonInterpreter();
    ~CpythonInterpreter() override;

    std::string language_version() const override;
    KernelEnd run(Assignment& assignment, bool own_directory) override;
    std::optional<Reply> answer(const KernelPort& port, const SharedRequest& request) override;
    void interrupt(const std::shared_ptr<KernelPort>& port) override;
    void collect_garbage() override;
    void watch(Observer& observer) override { gil_watch_.emplace(observer); }

 private:
    struct Python;  // objects of Python that are used by name
    std::unique_ptr<Python> python_;
    Interrupter interrupter_;
    GilEntrance entrance_;
    std::optional<GilWatch> gil_watch_;
};

}  // namespace corncob::tenants::interpreter

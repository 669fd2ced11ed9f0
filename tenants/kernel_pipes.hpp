// What programs print that a kernel's code has started, on its way to the kernel's outputs.
#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <string>
#include <system_error>
#include <unordered_map>

#include "tenants/output_buffer.hpp"
#include "tenants/pipe_reader.hpp"

namespace corncob::tenants {

inline constexpr std::size_t kPipesMax = 1000;  ///< of one kernel, open at a time; beyond: EMFILE

/// The pipes of one kernel. Thread-safe; never takes the GIL, never waits. Bytes are taken as UTF-8; a character that
/// comes in two pieces is put together, what is none becomes U+FFFD.
class KernelPipes : public std::enable_shared_from_this<KernelPipes> {
 public:
    enum class Kind {
        pipe,
        terminal,  ///< a pseudo-terminal without echo: most programs write to it line by line
    };

    KernelPipes(std::shared_ptr<OutputBuffer> outputs, PipeReader& reader);
    /// Closes all: who still writes gets EPIPE.
    ~KernelPipes();
    KernelPipes(const KernelPipes&) = delete;
    KernelPipes& operator=(const KernelPipes&) = delete;

    /// The end to write to, not inherited by programs; the caller closes it. What is written is output of `parent`, or,
    /// if that is null, of the cell that follow() named last.
    corncob::Result<int, std::errc> open(SharedRequest parent, const std::string& stream, Kind kind);
    void follow(SharedRequest cell);

    /// Hands on, in the caller's thread, what is in the pipes now: what a program has printed by its end is then put
    /// out before anything that follows.
    void collect();
    bool any() const { return count_.load(std::memory_order_acquire) > 0; }

    /// While held, only collect() reads: programs wait, as they do for any slow reader.
    void hold(bool held);
    /// Nothing is read any more, and nothing can be opened.
    void close();

 private:
    class Pipe;
    void end(const Pipe& pipe);
    void arm(Pipe& pipe);
    SharedRequest current() const;
    corncob::Result<int, std::errc> adopt(int read_fd, int write_fd, SharedRequest parent, const std::string& stream);

    const std::shared_ptr<OutputBuffer> outputs_;
    PipeReader& reader_;
    std::atomic<std::size_t> count_{0};
    mutable std::mutex mutex_;  // not held while reading or handing on
    std::unordered_map<const Pipe*, std::shared_ptr<Pipe>> pipes_;
    SharedRequest cell_;
    bool held_ = false;
    bool closed_ = false;
};

/// Bytes at the end of `text` that begin a UTF-8 character and lack the rest of it: 0 to 3.
std::size_t unfinished_utf8_bytes(std::string_view text);

}  // namespace corncob::tenants

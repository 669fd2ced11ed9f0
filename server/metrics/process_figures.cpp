#include "server/metrics/process_figures.hpp"

#include <sys/resource.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <system_error>

namespace corncob::server {
namespace {

double seconds(const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
}

std::size_t count_entries(const char* directory) {
    std::error_code error;
    std::size_t entries = 0;
    std::filesystem::directory_iterator each(directory, error);
    for (; !error && each != std::filesystem::directory_iterator(); each.increment(error)) ++entries;
    return entries;
}

}  // namespace

ProcessFigures process_figures() {
    ProcessFigures figures;
    rusage usage{};
    if (::getrusage(RUSAGE_SELF, &usage) == 0) {
        figures.cpu_seconds = seconds(usage.ru_utime) + seconds(usage.ru_stime);
    }
    const auto page = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
    std::size_t pages = 0;
    std::size_t resident_pages = 0;
    if (std::ifstream("/proc/self/statm") >> pages >> resident_pages) {
        figures.virtual_bytes = pages * page;
        figures.resident_bytes = resident_pages * page;
    }
    figures.threads = count_entries("/proc/self/task");
    const std::size_t fds = count_entries("/proc/self/fd");
    figures.open_fds = fds > 0 ? fds - 1 : 0;  // but for the one that reads the list
    rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY) figures.max_fds = limit.rlim_cur;
    return figures;
}

}  // namespace corncob::server

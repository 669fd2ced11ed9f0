// What must hold for everything that one subscriber of a kernel has seen.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "tests/fakes/recording_sink.hpp"

namespace corncob::tests {

/// Every sentence is a broken invariant: busy and idle are paired per request, at most one reply, and the reply comes
/// between them. For a sink that has been subscribed all the time; `quiet`: nothing is in flight any more.
inline std::vector<std::string> broken_invariants(const std::vector<RecordingSink::Seen>& seen, bool quiet = true) {
    struct Story {
        int busy = 0;
        int idle = 0;
        int replies = 0;
    };
    std::map<std::string, Story> stories;
    std::vector<std::string> broken;
    for (const auto& each : seen) {
        if (each.parent_msg_id.empty()) continue;
        Story& story = stories[each.parent_msg_id];
        const std::string who = each.parent_msg_id + ": ";
        if (each.type == protocol::MsgType::status) {
            if (each.content["execution_state"] == "busy") {
                if (++story.busy > 1) broken.push_back(who + "busy twice");
            } else if (++story.idle > story.busy) {
                broken.push_back(who + "idle without busy");
            }
        } else if (each.channel == protocol::Channel::shell || each.channel == protocol::Channel::control) {
            if (++story.replies > 1) broken.push_back(who + "two replies");
            if (story.busy == 0) broken.push_back(who + "replied before busy");
            if (story.idle > 0) broken.push_back(who + "replied after idle");
        }
    }
    for (const auto& [id, story] : stories) {
        if (quiet && story.busy != story.idle) broken.push_back(id + ": busy without idle");
    }
    return broken;
}

}  // namespace corncob::tests

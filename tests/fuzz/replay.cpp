// The inputs kept for a target, run through it without libFuzzer: `x_fuzz DIRECTORY`.
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <string>

#include "tests/fuzz/target.hpp"

int main(int argc, char** argv) {
    if (argc != 2) return 2;
    int taken = 0;
    int refused = 0;
    for (const auto& entry : std::filesystem::directory_iterator(argv[1])) {
        std::ifstream file(entry.path(), std::ios::binary);
        const std::string input{std::istreambuf_iterator<char>(file), {}};
        std::cout << entry.path().filename().string() << std::endl;  // flushed: the last one is what aborted
        ++(corncob::fuzz::try_input(input) ? taken : refused);
    }
    std::cout << taken << " taken, " << refused << " refused\n";
    return taken > 0 && refused > 0 ? 0 : 1;  // else they do not reach what they are kept for
}

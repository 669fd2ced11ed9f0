# Language level, warnings as errors, hardening, sanitizers, ccache.
set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_CXX_VISIBILITY_PRESET hidden)  # as pybind11 has its types

find_program(CCACHE ccache)
if(CCACHE)
  # A precompiled header defeats ccache unless it may overlook the header's own time stamp.
  set(sloppiness pch_defines,time_macros,include_file_mtime,include_file_ctime)
  set(launcher ${CMAKE_COMMAND} -E env CCACHE_SLOPPINESS=${sloppiness} ${CCACHE})
  set(CMAKE_CXX_COMPILER_LAUNCHER ${launcher})
  set(CMAKE_C_COMPILER_LAUNCHER ${launcher})
endif()

# Assertions stay on in a release: a broken invariant stops loudly there too.
set(CMAKE_CXX_FLAGS_RELEASE "-O2")
set(CMAKE_C_FLAGS_RELEASE "-O2")

add_library(corncob_options INTERFACE)
# g++ 12 sees overlaps and overflows in an optimised `"text" + std::string` that cannot be (GCC bug 105651).
target_compile_options(corncob_options INTERFACE -Wall -Wextra -Werror
  $<$<COMPILE_LANGUAGE:CXX>:-Wpedantic -Wshadow -Wconversion -Wnon-virtual-dtor -Woverloaded-virtual>
  $<$<COMPILE_LANG_AND_ID:CXX,GNU>:-fpch-preprocess>
  $<$<COMPILE_LANG_AND_ID:CXX,GNU>:-Wno-restrict -Wno-stringop-overflow>)
target_include_directories(corncob_options INTERFACE "${CMAKE_SOURCE_DIR}")
target_compile_definitions(corncob_options INTERFACE CORNCOB_VERSION="${PROJECT_VERSION}")

if(CORNCOB_SANITIZE)
  add_compile_options(-fsanitize=address,undefined -fno-sanitize-recover=undefined -fno-omit-frame-pointer)
  add_link_options(-fsanitize=address,undefined)
endif()
if(CORNCOB_FUZZ)
  add_compile_options(-fsanitize=fuzzer-no-link)
endif()

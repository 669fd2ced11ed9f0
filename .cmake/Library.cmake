# corncob_library(NAME LINK lib...): the static library of the calling folder, from all its sources but those of
# programs (main.cpp).
function(corncob_library name)
  cmake_parse_arguments(ARG "" "" "LINK" ${ARGN})
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS "*.cpp" "*.c")
  list(FILTER sources EXCLUDE REGEX "/main\\.cpp$")
  add_library(corncob_${name} STATIC ${sources})
  target_link_libraries(corncob_${name} PUBLIC corncob_options ${ARG_LINK})
endfunction()

# Everything comes from Debian 12; `./dev` installs it.
set(THREADS_PREFER_PTHREAD_FLAG ON)
find_package(Threads REQUIRED)
find_package(Boost 1.81 REQUIRED)
find_package(nlohmann_json REQUIRED)
find_package(OpenSSL REQUIRED)
find_package(yaml-cpp REQUIRED)
find_package(spdlog REQUIRED)
find_package(CLI11 REQUIRED)

# ZeroMQ and its C++ header, for server/zmq/ alone.
find_library(ZMQ_LIBRARY zmq REQUIRED)
find_path(ZMQ_INCLUDE_DIR zmq.hpp REQUIRED)
add_library(corncob_zmq INTERFACE)
target_link_libraries(corncob_zmq INTERFACE "${ZMQ_LIBRARY}")
target_include_directories(corncob_zmq SYSTEM INTERFACE "${ZMQ_INCLUDE_DIR}")

# Of prometheus-cpp the core, for server/metrics/ alone: its CMake package would want all that the rest of it needs.
find_library(PROMETHEUS_CPP_CORE_LIBRARY prometheus-cpp-core REQUIRED)
find_path(PROMETHEUS_CPP_INCLUDE_DIR prometheus/registry.h REQUIRED)
add_library(corncob_prometheus INTERFACE)
target_link_libraries(corncob_prometheus INTERFACE "${PROMETHEUS_CPP_CORE_LIBRARY}")
target_include_directories(corncob_prometheus SYSTEM INTERFACE "${PROMETHEUS_CPP_INCLUDE_DIR}")

# Debian's Python, also where another python3 comes first on PATH.
set(Python3_EXECUTABLE "${CORNCOB_PYTHON}")
set(Python3_FIND_VIRTUALENV STANDARD)
find_package(Python3 3.11 REQUIRED COMPONENTS Interpreter Development.Embed)
find_package(pybind11 REQUIRED)

# Boost.Asio with coroutines, header only; the deprecated executor forms are off so that they are not used by accident.
add_library(corncob_asio INTERFACE)
target_link_libraries(corncob_asio INTERFACE Boost::headers Threads::Threads OpenSSL::SSL OpenSSL::Crypto)
target_compile_definitions(corncob_asio INTERFACE BOOST_ASIO_NO_DEPRECATED BOOST_ASIO_DISABLE_BOOST_COROUTINE)

# For script/release-binary, after project(): what pkg-config knows is linked from archives.
set(CMAKE_FIND_LIBRARY_SUFFIXES .a)

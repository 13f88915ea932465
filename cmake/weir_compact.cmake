# cmake -DINPUT=<file> -DOUTPUT=<file> -P weir_compact.cmake
#
# Copies a script, style sheet or page without indentation, empty lines and lines that are a // comment.
# It knows nothing else of these languages: no line of a text over several lines may look like one of them.
file(READ "${INPUT}" text)
string(REGEX REPLACE "\n[ \t]+" "\n" text "\n${text}")
string(REGEX REPLACE "\n//[^\n]*" "" text "${text}")
string(REGEX REPLACE "\n\n+" "\n" text "${text}")
string(REGEX REPLACE "^\n" "" text "${text}")
file(WRITE "${OUTPUT}" "${text}")

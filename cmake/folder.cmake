# xuncha_folder(NAME base HEADERS a.h SOURCES a.cc USES base LIBS PkgConfig::X)
#
# Declares a folder as the library xuncha_<NAME>. HEADERS are its public
# headers: no other folder may include any other header of it. USES names the
# folders it may use; each must stand before it in XUNCHA_ORDER, and an
# #include that says otherwise stops the configure step.
set(XUNCHA_ORDER base proof rules matcher store crawler reports console app)

function(xuncha_folder)
  cmake_parse_arguments(F "" "NAME" "HEADERS;SOURCES;USES;LIBS" ${ARGN})
  list(FIND XUNCHA_ORDER ${F_NAME} own)
  foreach(used ${F_USES})
    list(FIND XUNCHA_ORDER ${used} place)
    if(place LESS 0 OR NOT place LESS own)
      message(FATAL_ERROR "${F_NAME}/ may not use ${used}/: the order is ${XUNCHA_ORDER}")
    endif()
  endforeach()
  set_property(GLOBAL PROPERTY xuncha_headers_${F_NAME} "${F_HEADERS}")

  file(GLOB written CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*.h ${CMAKE_CURRENT_SOURCE_DIR}/*.cc)
  foreach(file ${written})
    file(STRINGS ${file} lines REGEX "^#include \"[a-z]+/")
    foreach(line ${lines})
      string(REGEX REPLACE "^#include \"([a-z]+)/([^\"]+)\".*" "\\1;\\2" parts "${line}")
      list(GET parts 0 folder)
      list(GET parts 1 header)
      if(NOT folder STREQUAL F_NAME AND folder IN_LIST XUNCHA_ORDER)
        if(NOT folder IN_LIST F_USES)
          message(FATAL_ERROR "${file}: includes ${folder}/${header}, but ${F_NAME}/ does not declare that it uses ${folder}/")
        endif()
        get_property(public GLOBAL PROPERTY xuncha_headers_${folder})
        if(NOT header IN_LIST public)
          message(FATAL_ERROR "${file}: ${folder}/${header} is not a public header of ${folder}/ (public: ${public})")
        endif()
      endif()
    endforeach()
  endforeach()

  if(NOT F_SOURCES)  # headers only
    add_library(xuncha_${F_NAME} INTERFACE)
    target_include_directories(xuncha_${F_NAME} INTERFACE ${CMAKE_SOURCE_DIR})
    foreach(used ${F_USES})
      target_link_libraries(xuncha_${F_NAME} INTERFACE xuncha_${used})
    endforeach()
    return()
  endif()
  add_library(xuncha_${F_NAME} STATIC ${F_SOURCES})
  target_include_directories(xuncha_${F_NAME} PUBLIC ${CMAKE_SOURCE_DIR})
  foreach(used ${F_USES})
    target_link_libraries(xuncha_${F_NAME} PUBLIC xuncha_${used})
  endforeach()
  target_link_libraries(xuncha_${F_NAME} PRIVATE ${F_LIBS})
endfunction()

# xuncha_test(NAME base SOURCES a_test.cc LIBS xuncha_base): one test program,
# its cases known to ctest one by one. Working directory is the source tree.
function(xuncha_test)
  cmake_parse_arguments(T "" "NAME;TIMEOUT" "SOURCES;LIBS" ${ARGN})
  if(NOT T_TIMEOUT)
    set(T_TIMEOUT 120)
  endif()
  add_executable(${T_NAME}_test ${T_SOURCES})
  target_link_libraries(${T_NAME}_test PRIVATE ${T_LIBS} GTest::gmock GTest::gtest_main)
  gtest_discover_tests(${T_NAME}_test
    WORKING_DIRECTORY ${CMAKE_SOURCE_DIR}
    DISCOVERY_MODE PRE_TEST
    PROPERTIES TIMEOUT ${T_TIMEOUT})
endfunction()

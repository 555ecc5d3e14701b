# Compiler flags. Hardening follows the OpenSSF compiler guide as far as Debian
# 12's gcc 12 has the options (-fstrict-flex-arrays=3 needs gcc 13).
find_program(CCACHE ccache)
if(CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  set(CMAKE_C_COMPILER_LAUNCHER ${CCACHE})
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CCACHE})
endif()

set(CMAKE_POSITION_INDEPENDENT_CODE ON)
add_compile_options(-Wall -Wextra -Wno-missing-field-initializers)
if(CMAKE_BUILD_TYPE STREQUAL "Release")
  # Paths in assertions are relative: a binary tells nothing of the machine that built it.
  add_compile_options(-ffile-prefix-map=${CMAKE_SOURCE_DIR}/=)
endif()
if(XUNCHA_WERROR)
  add_compile_options(-Werror)
endif()

if(XUNCHA_SANITIZE)
  add_compile_options(-fsanitize=${XUNCHA_SANITIZE} -fno-omit-frame-pointer)
  add_link_options(-fsanitize=${XUNCHA_SANITIZE})
elseif(XUNCHA_HARDEN AND CMAKE_BUILD_TYPE STREQUAL "Release")
  add_compile_options(-U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=3 -D_GLIBCXX_ASSERTIONS
    -fstack-protector-strong -fstack-clash-protection -ftrivial-auto-var-init=zero)
  if(CMAKE_SYSTEM_PROCESSOR MATCHES "x86_64|AMD64")
    add_compile_options(-fcf-protection=full)
  endif()
  add_link_options(-pie -Wl,-z,relro,-z,now,-z,noexecstack)
endif()

# find_package(dcdp) -> dcdp::dcdp. Stands three folders below the prefix, which may be moved anywhere.
get_filename_component(_dcdp_prefix "${CMAKE_CURRENT_LIST_DIR}/../../.." ABSOLUTE)

if(NOT TARGET dcdp::dcdp)
  set(_dcdp_folders "${_dcdp_prefix}/lib" "${_dcdp_prefix}/lib64")
  if(CMAKE_LIBRARY_ARCHITECTURE)
    list(APPEND _dcdp_folders "${_dcdp_prefix}/lib/${CMAKE_LIBRARY_ARCHITECTURE}")
  endif()
  add_library(dcdp::dcdp SHARED IMPORTED)
  set_target_properties(dcdp::dcdp PROPERTIES INTERFACE_INCLUDE_DIRECTORIES "${_dcdp_prefix}/include")
  if(WIN32)
    find_library(_dcdp_import NAMES dcdp.dll PATHS ${_dcdp_folders} NO_DEFAULT_PATH NO_CACHE REQUIRED)
    set_target_properties(dcdp::dcdp PROPERTIES
      IMPORTED_LOCATION "${_dcdp_prefix}/bin/dcdp.dll"
      IMPORTED_IMPLIB "${_dcdp_import}")
    unset(_dcdp_import)
  else()
    find_library(_dcdp_library NAMES libdcdp${CMAKE_SHARED_LIBRARY_SUFFIX}
      PATHS ${_dcdp_folders} NO_DEFAULT_PATH NO_CACHE REQUIRED)
    set_target_properties(dcdp::dcdp PROPERTIES IMPORTED_LOCATION "${_dcdp_library}")
    unset(_dcdp_library)
  endif()
  unset(_dcdp_folders)
endif()
unset(_dcdp_prefix)

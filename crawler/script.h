// Scripts read without being run: what they say, what they would write, where
// they lead, and whether they look at who is asking.
//
// One pass over the tokens; values come from script_value.h. Code found inside
// strings (packed, eval, timers) is handed back to be read in turn, to
// limits::kDecodeDepthMax layers.
//
// One page, one thread.
//
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "crawler/script_value.h"

namespace xuncha {

struct ScriptPiece {
  std::string text;
  size_t offset = 0;  // in the script, of the expression it came from
};

// What a script, with the code it unpacks, does; for signals.
struct ScriptFacts {
  bool sets_title = false;   // document.title =
  bool tests_agent = false;  // looks at navigator.userAgent
  bool tests_referrer = false;
  bool names_engine = false;  // a search engine by name
  bool names_spider = false;  // a crawler by name
  bool moves = false;         // sets location, or opens a window
  bool packed = false;
  bool writes = false;          // document.write, innerHTML
  bool disguised_sink = false;  // what it writes or runs was spelled so that nobody reads it
  uint32_t hidden_names = 0;    // members named by escapes: window["\x64\x6f..."]
  uint32_t number_names = 0;    // _0x1a2b
  void Add(const ScriptFacts& other);
};

struct ScriptReading {
  std::vector<ScriptPiece> strings;  // words, addresses, numbers worth reading
  std::vector<ScriptPiece> written;  // markup for the page, in order
  std::vector<ScriptPiece> code;     // scripts found in strings
  std::vector<ScriptPiece> moves;    // where location is set to
  std::vector<ScriptPiece> sources;  // of scripts and pictures made by the script
  std::vector<ScriptPiece> titles;   // what document.title is set to
  ScriptFacts facts;
};

// `variables` carries over from one script of the page to the next.
ScriptReading ReadScript(std::string_view script, Variables& variables);

// Whether a string is a data: URL of a script, of markup or of other text.
bool IsDataOfText(std::string_view text);
// Whether a string says something to a reader: Han, an address, markup, or digits
// enough for a number of somebody.
bool IsWorthReading(std::string_view text);

}  // namespace xuncha

// What goes between who wants something drawn and `xuncha draw`: one request, one answer, each
// a line and bytes:
//
//   xuncha-draw 1 WORD SIZE\n
//   SIZE bytes
//
// A request's word is what is to be made, "png" (of hostile markup) or "pdf" (of a paper of
// ours), its bytes the HTML in UTF-8. An answer's word is "made", and its bytes are the
// picture or document; or the name of a Code, and its bytes say why, in Chinese.
//
// Neither side believes the other: the line is short and exact, a size above the word's cap is
// refused before a byte of it is read, nothing is read behind it, and each side waits only so
// long. What was asked to stop, stops within a moment.
//
// Any thread.
//
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>

#include "app/browser.h"
#include "base/clock.h"
#include "base/result.h"

namespace xuncha {

// A word and how many bytes may come with it.
struct WireWord {
  std::string_view word;
  size_t bytes_max = 0;
};
std::span<const WireWord> RequestWords();
std::span<const WireWord> AnswerWords();

struct Frame {
  std::string word;
  std::string bytes;
};

// How long something may take, and who may end it earlier.
class Patience {
 public:
  explicit Patience(Millis millis, std::stop_token stop = {});
  // Waits until `descriptor` is ready for one of the events of poll(2), or has failed: then
  // the call that follows says how. kLimit, kConflict if it was stopped.
  Status Await(int descriptor, short events) const;

 private:
  std::chrono::steady_clock::time_point until_;
  std::stop_token stop_;
};

// The line without its end, of one of the words: which, and how many bytes follow. kInvalid;
// kLimit if they are more than may come with the word.
struct FrameHead {
  std::string_view word;
  size_t bytes = 0;
};
Result<FrameHead> ParseFrameHead(std::string_view line, std::span<const WireWord> words);

// Over a socket, a pipe or a file. kSystem if the other side has closed it.
Status SendFrame(int descriptor, std::string_view word, std::string_view bytes,
                 const Patience& patience);
// Of `words`. kDamaged if it ended early, kNotFound if nothing came at all.
Result<Frame> ReceiveFrame(int descriptor, std::span<const WireWord> words,
                           const Patience& patience);

std::string_view WordOf(DrawKind kind);
// REQUIRES: one of RequestWords().
DrawKind DrawKindOf(std::string_view word);
// What is sent back, and what it means to who gets it: a reason is made plain, and a word of
// kind "made" is as good as its bytes (IsDrawn).
Status SendAnswer(int descriptor, const Result<std::string>& made, const Patience& patience);
Result<std::string> AnswerOf(Frame frame);

}  // namespace xuncha

// Hyperscan, and the plain scan beside it.
//
// SPDX-License-Identifier: Apache-2.0
#include "matcher/prefilter.h"

#include <fmt/format.h>
#include <hs/hs.h>

#include <algorithm>
#include <cstring>

#include "base/digest.h"
#include "base/files.h"
#include "base/limits.h"

namespace xuncha {
namespace {

constexpr std::string_view kCacheMagic = "xuncha hyperscan 1\n";
constexpr size_t kHeadBytes = 3;  // one Han character

// Each byte of the literal as \xNN, so that none has a meaning of its own.
std::string Escaped(std::string_view literal) {
  static constexpr char kHex[] = "0123456789abcdef";
  std::string out;
  out.reserve(literal.size() * 4);
  for (const char c : literal) {
    const unsigned char byte = static_cast<unsigned char>(c);
    out += {'\\', 'x', kHex[byte >> 4], kHex[byte & 15]};
  }
  return out;
}

uint32_t HeadOf(std::string_view bytes, size_t size) {
  uint32_t head = static_cast<uint32_t>(size) << 24;
  for (size_t i = 0; i < size; ++i)
    head |= static_cast<uint32_t>(static_cast<unsigned char>(bytes[i])) << (8 * i);
  return head;
}

Result<hs_database_t*> CompileLiterals(const std::vector<std::string>& literals, unsigned flags) {
  std::vector<std::string> escaped;
  std::vector<const char*> expressions;
  std::vector<unsigned> ids, all_flags(literals.size(), flags);
  for (const std::string& literal : literals) escaped.push_back(Escaped(literal));
  for (size_t i = 0; i < literals.size(); ++i) {
    expressions.push_back(escaped[i].c_str());
    ids.push_back(static_cast<unsigned>(i));
  }
  hs_database_t* database = nullptr;
  hs_compile_error_t* error = nullptr;
  const hs_error_t code = hs_compile_multi(expressions.data(), all_flags.data(), ids.data(),
                                           static_cast<unsigned>(literals.size()), HS_MODE_BLOCK,
                                           nullptr, &database, &error);
  if (code == HS_SUCCESS) return database;
  std::string text = fmt::format("Hyperscan cannot compile the patterns: code {}", code);
  if (error != nullptr) {
    text += fmt::format(", {}", error->message != nullptr ? error->message : "no reason given");
    if (error->expression >= 0)
      text += fmt::format(", at \"{}\"", literals[static_cast<size_t>(error->expression)]);
    hs_free_compile_error(error);
  }
  return Error{Code::kSystem, std::move(text)};
}

struct DatabaseFree {
  void operator()(hs_database_t* database) const { hs_free_database(database); }
};
using DatabasePtr = std::unique_ptr<hs_database_t, DatabaseFree>;
struct ScratchFree {
  void operator()(hs_scratch_t* scratch) const { hs_free_scratch(scratch); }
};
using ScratchPtr = std::unique_ptr<hs_scratch_t, ScratchFree>;

// The literals with which the literal API of 5.4.0 answers -13 and finds nothing.
// If the way used here ever does the same, nothing may be audited with it.
Status SelfTest() {
  const std::vector<std::string> literals{"xt>" + std::string(34, 'D'), "123"};
  Result<hs_database_t*> compiled = CompileLiterals(literals, HS_FLAG_CASELESS);
  if (!compiled) return compiled.error();
  const DatabasePtr database(*compiled);
  hs_scratch_t* raw = nullptr;
  if (hs_alloc_scratch(database.get(), &raw) != HS_SUCCESS) {
    return Error{Code::kSystem, "Hyperscan self-test: no scratch; is memory short?"};
  }
  const ScratchPtr scratch(raw);
  const std::string text = "te" + literals[0] + " 123 xT>" + std::string(34, 'd');
  int found = 0;
  const hs_error_t code = hs_scan(
      database.get(), text.data(), static_cast<unsigned>(text.size()), 0, scratch.get(),
      [](unsigned, unsigned long long, unsigned long long, unsigned, void* count) {
        ++*static_cast<int*>(count);
        return 0;
      },
      &found);
  if (code == HS_SUCCESS && found == 3) return Ok();
  return Error{Code::kSystem,
               fmt::format("Hyperscan self-test: code {}, {} of 3 matches; this build of Hyperscan "
                           "loses matches, install Debian's libhyperscan5",
                           code, found)};
}

// What a compiled database depends on besides the strings.
std::string Platform() {
  hs_platform_info_t info{};
  if (hs_populate_platform(&info) != HS_SUCCESS) return "unknown";
  return fmt::format("{} tune {} features {:x}", hs_version(), info.tune, info.cpu_features);
}

std::string CacheName(const std::vector<std::string>& literals) {
  std::string key = Platform();
  for (const std::string& literal : literals)
    key += fmt::format("\n{}:{}", literal.size(), literal);
  return "patterns-" + Sha256(key).hex().substr(0, 32) + ".hsdb";
}

// Null if the file is not there, not whole, or not for this Hyperscan and CPU.
DatabasePtr ReadCache(const std::string& path) {
  const Result<std::string> file = ReadFile(path, limits::kMatcherCacheBytesMax);
  if (!file) return nullptr;
  const size_t head = kCacheMagic.size() + sizeof(Digest::bytes);
  if (file->size() < head || file->compare(0, kCacheMagic.size(), kCacheMagic) != 0) return nullptr;
  const std::string_view body = std::string_view(*file).substr(head);
  if (Sha256(body).view() !=
      std::string_view(*file).substr(kCacheMagic.size(), sizeof(Digest::bytes))) {
    return nullptr;
  }
  hs_database_t* database = nullptr;
  if (hs_deserialize_database(body.data(), body.size(), &database) != HS_SUCCESS) return nullptr;
  return DatabasePtr(database);
}

Status WriteCache(const std::string& directory, const std::string& path,
                  const hs_database_t* database) {
  char* bytes = nullptr;
  size_t size = 0;
  if (hs_serialize_database(database, &bytes, &size) != HS_SUCCESS) {
    return Error{Code::kSystem, "Hyperscan cannot serialise its database"};
  }
  const std::unique_ptr<char, decltype(&std::free)> owned(bytes, &std::free);
  const std::string_view body(bytes, size);
  std::string file(kCacheMagic);
  file += Sha256(body).view();
  file += body;
  if (Status made = MakeDirectories(directory); !made) return made;
  return WriteFileAtomically(path, file);
}

struct Context {
  Prefilter::Sink* sink;
};

int OnMatch(unsigned id, unsigned long long, unsigned long long to, unsigned, void* context) {
  Prefilter::Sink& sink = *static_cast<Context*>(context)->sink;
  return sink.Found(id, static_cast<uint32_t>(to)) == Prefilter::Sink::Next::kStop ? 1 : 0;
}

}  // namespace

struct Prefilter::Database {
  DatabasePtr hs;
  ScratchPtr prototype;
};

struct Prefilter::Scratch::Rep {
  ScratchPtr hs;
};

Prefilter::Scratch::Scratch() = default;
Prefilter::Scratch::~Scratch() = default;
Prefilter::Scratch::Scratch(Scratch&&) noexcept = default;
Prefilter::Scratch& Prefilter::Scratch::operator=(Scratch&&) noexcept = default;

Prefilter::Prefilter() = default;
Prefilter::~Prefilter() = default;

Result<std::unique_ptr<Prefilter>> Prefilter::Build(std::vector<std::string> literals,
                                                    const Options& options) {
  std::unique_ptr<Prefilter> out(new Prefilter);  // private constructor: no make_unique
  out->literals_ = std::move(literals);
  out->fail_with_ = options.fail_with;
  if (Status tested = SelfTest(); !tested) return tested.error();
  if (out->literals_.empty()) return out;
  if (Status compiled = out->Compile(options); !compiled) return compiled.error();
  for (size_t i = 0; i < out->literals_.size(); ++i) {
    const std::string& literal = out->literals_[i];
    CHECK(!literal.empty());
    out->by_head_[HeadOf(literal, std::min(literal.size(), kHeadBytes))].push_back(
        static_cast<uint32_t>(i));
  }
  return out;
}

Status Prefilter::Compile(const Options& options) {
  database_ = std::make_unique<Database>();
  std::string path;
  if (!options.cache_dir.empty()) {
    path = options.cache_dir + "/" + CacheName(literals_);
    database_->hs = ReadCache(path);
    from_cache_ = database_->hs != nullptr;
  }
  if (!from_cache_) {
    Result<hs_database_t*> compiled = CompileLiterals(literals_, 0);
    if (!compiled) return compiled.error();
    database_->hs.reset(*compiled);
    // A cache that cannot be written costs the next start some time, no more.
    if (!path.empty()) (void)WriteCache(options.cache_dir, path, database_->hs.get()).ok();
  }
  hs_scratch_t* scratch = nullptr;
  if (const hs_error_t code = hs_alloc_scratch(database_->hs.get(), &scratch); code != HS_SUCCESS) {
    return Error{Code::kSystem, fmt::format("Hyperscan scratch: code {}; is memory short?", code)};
  }
  database_->prototype.reset(scratch);
  return Ok();
}

Result<Prefilter::Scratch> Prefilter::NewScratch() const {
  Scratch out;
  out.rep_ = std::make_unique<Scratch::Rep>();
  if (database_ == nullptr) return out;
  hs_scratch_t* scratch = nullptr;
  if (const hs_error_t code = hs_clone_scratch(database_->prototype.get(), &scratch);
      code != HS_SUCCESS) {
    return Error{Code::kSystem, fmt::format("Hyperscan scratch: code {}; is memory short?", code)};
  }
  out.rep_->hs.reset(scratch);
  return out;
}

Status Prefilter::Scan(std::string_view text, Scratch& scratch, Sink& sink) const {
  if (database_ == nullptr || text.empty()) return Ok();
  CHECK(scratch.rep_ != nullptr && text.size() <= UINT32_MAX);
  Context context{&sink};
  hs_error_t code = hs_scan(database_->hs.get(), text.data(), static_cast<unsigned>(text.size()), 0,
                            scratch.rep_->hs.get(), OnMatch, &context);
  if (fail_with_ != 0) code = fail_with_;
  if (code == HS_SUCCESS || code == HS_SCAN_TERMINATED) return Ok();
  return Error{Code::kSystem, fmt::format("hs_scan: code {}", code)};
}

void Prefilter::PlainScan(std::string_view text, Sink& sink) const {
  // Ends ascend as Scan's do only per start; callers that need order sort hits.
  for (size_t at = 0; at < text.size(); ++at) {
    for (size_t size = 1; size <= std::min(kHeadBytes, text.size() - at); ++size) {
      const auto found = by_head_.find(HeadOf(text.substr(at), size));
      if (found == by_head_.end()) continue;
      for (const uint32_t literal : found->second) {
        const std::string& bytes = literals_[literal];
        if (text.compare(at, bytes.size(), bytes) != 0) continue;
        if (sink.Found(literal, static_cast<uint32_t>(at + bytes.size())) == Sink::Next::kStop)
          return;
      }
    }
  }
}

}  // namespace xuncha

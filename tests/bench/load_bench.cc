// load_bench prints what it costs to bring the law into force, with a list of
// imported words:  load_bench [WORDS]
//
//   cold_to_compile     loading, compiling, and running the samples, against a bare
//                       hs_compile_multi of the same words
//   cached_to_read      the same again from the cache, against reading and
//                       deserialising the compiled words alone
//
// and the milliseconds behind them, with the loader's part of the cached time.
//
// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <hs/hs.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <random>
#include <string>
#include <vector>

#include "app/engine.h"
#include "base/files.h"
#include "base/text.h"
#include "rules/lists.h"

namespace xuncha {
namespace {

double CpuMillis() {
  timespec now{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) * 1e3 + static_cast<double>(now.tv_nsec) / 1e6;
}

double Least(int rounds, const std::function<void()>& work) {
  double best = 1e9;
  for (int i = 0; i < rounds; ++i) {
    const double start = CpuMillis();
    work();
    best = std::min(best, CpuMillis() - start);
  }
  return best;
}

std::string RandomWord(std::mt19937& random) {
  std::string word;
  for (int size = 3 + static_cast<int>(random() % 4); size > 0; --size) {
    AppendUtf8(word, 0x4e00 + random() % 0x4000);
  }
  return word;
}

int BenchLoading(size_t count) {
  std::mt19937 random(7);
  std::string list;
  std::vector<std::string> words, escaped;
  for (size_t i = 0; i < count; ++i) {
    words.push_back(RandomWord(random));
    list += words.back() + "\n";
    std::string bytes;
    for (const char c : words.back())
      bytes += fmt::format("\\x{:02x}", static_cast<unsigned char>(c));
    escaped.push_back(std::move(bytes));
  }
  std::string name = (std::filesystem::temp_directory_path() / "load_bench_XXXXXX").string();
  if (::mkdtemp(name.data()) == nullptr) return 1;
  ListOptions options;
  options.name = "bench";
  options.title = "词表";
  const Result<ImportedList> imported = ImportList(list, options);
  CHECK(imported.ok());
  CHECK(MakeDirectories(name + "/lists").ok());
  CHECK(WriteFileAtomically(name + "/lists/bench.toml", imported->pack).ok());

  EngineOptions engine;
  engine.sources.lists = name + "/lists";
  engine.cache_dir = name + "/cache";
  const auto build = [&] { CHECK(BuildEngine(engine).ok()); };
  const double cold = Least(1, build);
  const double cached = Least(5, build);
  const double loaded = Least(5, [&] { CHECK(LoadRuleSources(engine.sources).ok()); });

  std::vector<const char*> expressions;
  std::vector<unsigned> ids, flags(count, 0);
  for (size_t i = 0; i < count; ++i) {
    expressions.push_back(escaped[i].c_str());
    ids.push_back(static_cast<unsigned>(i));
  }
  hs_database_t* database = nullptr;
  const double compile = Least(1, [&] {
    hs_compile_error_t* error = nullptr;
    CHECK(hs_compile_multi(expressions.data(), flags.data(), ids.data(),
                           static_cast<unsigned>(count), HS_MODE_BLOCK, nullptr, &database,
                           &error) == HS_SUCCESS);
  });
  char* bytes = nullptr;
  size_t size = 0;
  CHECK(hs_serialize_database(database, &bytes, &size) == HS_SUCCESS);
  const std::string path = name + "/words.hsdb";
  CHECK(WriteFileAtomically(path, std::string_view(bytes, size)).ok());
  std::free(bytes);
  hs_free_database(database);
  const double read = Least(5, [&] {
    const Result<std::string> file = ReadFile(path, 1 << 30);
    CHECK(file.ok());
    hs_database_t* again = nullptr;
    CHECK(hs_deserialize_database(file->data(), file->size(), &again) == HS_SUCCESS);
    hs_free_database(again);
  });
  std::filesystem::remove_all(name);
  fmt::print("words {}  database {:.1f} MB\n", count, static_cast<double>(size) / 1e6);
  fmt::print("cold {:.0f} ms  bare compile {:.0f} ms  cold_to_compile {:.2f}\n", cold, compile,
             cold / compile);
  fmt::print("cached {:.1f} ms (loader {:.1f})  bare read {:.2f} ms  cached_to_read {:.1f}\n",
             cached, loaded, read, cached / read);
  return 0;
}

}  // namespace
}  // namespace xuncha

int main(int argc, char** argv) {
  return xuncha::BenchLoading(argc > 1 ? std::strtoul(argv[1], nullptr, 10) : 10'000);
}

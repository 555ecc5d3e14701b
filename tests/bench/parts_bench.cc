// The bare parts of an audit, on the pages of one site: what curl_multi, the
// tree in its arena, hs_scan and RocksDB cost by themselves for the same bytes.
// The whole audit is measured against their sum (audit_bench.py).
//
//   parts_bench URL PAGES DIRECTORY
//
// fetches URL, then URL/p0.html, p1.html, ... on 32 connections, keeping the
// bodies of one batch at a time; prints CPU microseconds a page for each part
// and "total_cpu_us_per_page".
//
// SPDX-License-Identifier: Apache-2.0
#include <curl/curl.h>
#include <hs.h>
#include <rocksdb/db.h>
#include <sys/resource.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <vector>

#include "base/digest.h"
#include "base/result.h"
#include "crawler/tree.h"
#include "rules/loader.h"

namespace xuncha {
namespace {

double CpuSeconds() {
  struct rusage usage = {};
  getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) * 1e-6;
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

size_t Keep(char* data, size_t size, size_t count, void* into) {
  static_cast<std::string*>(into)->append(data, size * count);
  return size * count;
}

// One batch of pages, fetched with bare curl_multi.
std::vector<std::string> FetchBatch(CURLM* multi, std::vector<CURL*>& handles,
                                    const std::string& base, int from, int to) {
  std::vector<std::string> bodies(static_cast<size_t>(to - from));
  int next = from, active = 0;
  const auto start = [&](CURL* easy) {
    const std::string url = base + "p" + std::to_string(next) + ".html";
    curl_easy_setopt(easy, CURLOPT_URL, url.c_str());
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, &bodies[static_cast<size_t>(next - from)]);
    curl_multi_add_handle(multi, easy);
    ++next;
    ++active;
  };
  for (CURL* easy : handles) {
    if (next < to) start(easy);
  }
  while (active > 0) {
    int running = 0;
    CHECK(curl_multi_perform(multi, &running) == CURLM_OK);
    int left = 0;
    while (const CURLMsg* message = curl_multi_info_read(multi, &left)) {
      CURL* easy = message->easy_handle;
      CHECK(message->data.result == CURLE_OK);
      curl_multi_remove_handle(multi, easy);
      --active;
      if (next < to) start(easy);
    }
    if (active > 0) curl_multi_poll(multi, nullptr, 0, 1000, nullptr);
  }
  return bodies;
}

hs_database_t* CompileLiterals(const RuleSet& rules) {
  std::vector<std::string> escaped;
  for (const Pattern& pattern : rules.patterns) {
    if (pattern.kind != PatternKind::kLiteral) continue;
    std::string one;
    char byte[8];
    for (const unsigned char c : pattern.text) {
      std::snprintf(byte, sizeof byte, "\\x%02x", c);
      one += byte;
    }
    escaped.push_back(one);
  }
  std::vector<const char*> expressions;
  std::vector<unsigned> flags, ids;
  for (size_t i = 0; i < escaped.size(); ++i) {
    expressions.push_back(escaped[i].c_str());
    flags.push_back(0);
    ids.push_back(static_cast<unsigned>(i));
  }
  hs_database_t* database = nullptr;
  hs_compile_error_t* error = nullptr;
  CHECK(hs_compile_multi(expressions.data(), flags.data(), ids.data(),
                         static_cast<unsigned>(expressions.size()), HS_MODE_BLOCK, nullptr,
                         &database, &error) == HS_SUCCESS);
  return database;
}

int Measure(const std::string& base, int pages, const std::string& directory) {
  LoadReport report;
  const std::vector<PackSource> packs = BuiltinPacks();
  const Result<RuleSet> rules = LoadRules(packs, &report);
  CHECK(rules.ok());
  hs_database_t* database = CompileLiterals(*rules);
  hs_scratch_t* scratch = nullptr;
  CHECK(hs_alloc_scratch(database, &scratch) == HS_SUCCESS);
  rocksdb::DB* opened = nullptr;
  rocksdb::Options options;
  options.create_if_missing = true;
  options.compression = rocksdb::kNoCompression;
  CHECK(rocksdb::DB::Open(options, directory, &opened).ok());
  const std::unique_ptr<rocksdb::DB> db(opened);
  rocksdb::WriteOptions synced;
  synced.sync = true;

  CURLM* multi = curl_multi_init();
  std::vector<CURL*> handles;
  for (int i = 0; i < 32; ++i) {
    CURL* easy = curl_easy_init();
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, Keep);
    curl_easy_setopt(easy, CURLOPT_PROXY, "");
    handles.push_back(easy);
  }
  Arena arena;
  double fetch = 0, tree = 0, scan = 0, put = 0;
  uint64_t hits = 0;
  constexpr int kBatch = 64;  // as many pages as an audit commits at once
  for (int from = 0; from < pages; from += kBatch) {
    const int to = std::min(from + kBatch, pages);
    double mark = CpuSeconds();
    const auto lap = [&mark](double& into) {
      const double now = CpuSeconds();
      into += now - mark;
      mark = now;
    };
    const std::vector<std::string> bodies = FetchBatch(multi, handles, base, from, to);
    lap(fetch);
    for (const std::string& body : bodies) {
      CHECK(ParseOnly(body, arena) == TreeEnd::kDone);
    }
    lap(tree);
    for (const std::string& body : bodies) {
      CHECK(hs_scan(
                database, body.data(), static_cast<unsigned>(body.size()), 0, scratch,
                [](unsigned, unsigned long long, unsigned long long, unsigned, void* count) {
                  ++*static_cast<uint64_t*>(count);
                  return 0;
                },
                &hits) == HS_SUCCESS);
    }
    lap(scan);
    rocksdb::WriteBatch batch;
    for (const std::string& body : bodies) batch.Put(Sha256(body).hex(), body);
    CHECK(db->Write(synced, &batch).ok());
    lap(put);
  }
  const double per = 1e6 / pages;
  std::printf(
      "bare parts, CPU us a page: fetch %.0f  tree %.0f  scan %.0f  put %.0f   (%llu "
      "hits)\n",
      fetch * per, tree * per, scan * per, put * per, static_cast<unsigned long long>(hits));
  std::printf("total_cpu_us_per_page %.0f\n", (fetch + tree + scan + put) * per);
  return 0;
}

}  // namespace
}  // namespace xuncha

int main(int argc, char** argv) {
  if (argc != 4) {
    std::fprintf(stderr, "usage: parts_bench URL PAGES DIRECTORY\n");
    return 2;
  }
  return xuncha::Measure(argv[1], std::atoi(argv[2]), argv[3]);
}

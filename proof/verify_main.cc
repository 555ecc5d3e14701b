// xuncha-verify: whether an exported audit chain, or a proof from one, holds. It
// needs the public key and nothing else: no store, no network, no xuncha.
//
//   xuncha-verify --key installation.pub [--tsa-ca FILE] [--checkpoint FILE] chain.jsonl
//
// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <cstdio>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/files.h"
#include "base/limits.h"
#include "base/text.h"
#include "proof/chain_file.h"

namespace xuncha {
namespace {

// As xuncha's own.
constexpr int kWhole = 0, kNotWhole = 1, kUsage = 2, kFailed = 4;

constexpr std::string_view kHelp =
    "验证 xuncha 导出的审计链，或其中一条的证明。只需要公钥，不需要数据目录。\n\n"
    "例：\n"
    "  xuncha-verify --key installation.pub chain.jsonl\n"
    "  xuncha-verify --key installation.pub --tsa-ca tsa.pem chain.jsonl\n"
    "  xuncha-verify --key installation.pub --checkpoint 去年留存.jsonl chain.jsonl\n"
    "  xuncha-verify --key installation.pub proof.json\n\n"
    "用法：xuncha-verify --key FILE [选项] FILE（- 表示标准输入）\n\n"
    "选项：\n"
    "  --key FILE         公钥（PEM），可重复；请用另行取得的，文件自带的不可信\n"
    "  --tsa-ca FILE      时间戳机构的证书（PEM），用来验证时间戳\n"
    "  --checkpoint FILE  早先留存的检查点（每行一个），可重复；据此发现整条链被重写\n\n"
    "退出码：0 完整 · 1 不完整或被改动 · 2 用法错误，或文件打不开 · 4 读写出错\n";

struct Options {
  std::vector<std::string> keys, checkpoints;
  std::string trust, file;
};

int Mistake(const std::string& text) {
  fmt::print(stderr, "xuncha-verify: {}\n", text);
  return kUsage;
}

class Lines {
 public:
  explicit Lines(std::FILE* file) : file_(file) {}
  // What stands behind the last line feed keeps a line feed inside, which no line
  // has: it is told of, not passed over. So is a line that never ends.
  bool Next(std::string& line) {
    line.clear();
    int c = 0;
    while ((c = std::getc(file_)) != EOF) {
      if (c == '\n') return true;
      line.push_back(static_cast<char>(c));
      if (line.size() > limits::kAuditLineBytesMax) break;
    }
    if (line.empty()) return false;
    line.push_back('\n');
    return true;
  }

 private:
  std::FILE* file_;
};

Result<ChainChecker::Options> Read(const Options& options) {
  ChainChecker::Options read;
  for (const std::string& path : options.keys) {
    const Result<std::string> pem = ReadFile(path, limits::kKeyFileBytesMax);
    if (!pem) return pem.error();
    const Result<PublicKey> key = PublicKey::FromPem(*pem, path);
    if (!key) return key.error();
    read.keys.push_back(*key);
  }
  if (!options.trust.empty()) {
    Result<std::string> pem = ReadFile(options.trust, limits::kTrustBytesMax);
    if (!pem) return pem.error();
    read.trust = TimestampTrust{.pem = std::move(*pem)};
  }
  for (const std::string& path : options.checkpoints) {
    const Result<std::string> text = ReadFile(path, 16 * limits::kAuditLineBytesMax);
    if (!text) return text.error();
    const size_t before = read.witnesses.size();
    for (const std::string_view line : Split(*text, '\n')) {
      if (line.empty()) continue;
      Result<Checkpoint> checkpoint = ParseCheckpointLine(line);
      if (!checkpoint) return Error{Code::kInvalid, path + ": " + checkpoint.error().text};
      read.witnesses.push_back(std::move(*checkpoint));
    }
    if (read.witnesses.size() == before)
      return Error{Code::kInvalid, path + "：没有检查点，无从比对；请核对文件"};
  }
  return read;
}

int TellProof(const std::string& wrong, std::string_view right) {
  fmt::print("{}\n", wrong.empty() ? right : wrong);
  return wrong.empty() ? kWhole : kNotWhole;
}

int Verify(std::FILE* file, const ChainChecker::Options& options) {
  Lines lines(file);
  std::string first;
  (void)lines.Next(first);
  if (const Result<InclusionProof> proof = ParseInclusionProof(first); proof) {
    const AuditEntry& entry = proof->entry;
    return TellProof(
        CheckProof(*proof, options.keys),
        fmt::format("成立：第 {} 条在 {} 签名的 {} 条之中\n{}  {}  {}  {}", entry.number,
                    FormatTime(proof->checkpoint.time), proof->checkpoint.size,
                    FormatTime(entry.time), Neutralise(entry.kind), Neutralise(entry.actor),
                    Neutralise(entry.what)));
  }
  if (const Result<ConsistencyProof> proof = ParseConsistencyProof(first); proof) {
    return TellProof(CheckProof(*proof, options.keys),
                     fmt::format("成立：{} 条的链原样包含在 {} 条的链中", proof->earlier.size,
                                 proof->later.size));
  }
  bool again = true;
  const ChainReport report = CheckChainFile(
      [&](std::string& line) {
        if (!std::exchange(again, false)) return lines.Next(line);
        line = first;
        return !line.empty();
      },
      options);
  fmt::print("{}", report.Text());
  if (!options.witnesses.empty())
    fmt::print("与另存的 {} 个检查点比对\n", options.witnesses.size());
  return report.whole() ? kWhole : kNotWhole;
}

int Main(int argc, char** argv) {
  Options options;
  for (int i = 1; i < argc; ++i) {
    const std::string_view word = argv[i];
    if (word == "--help" || word == "-h") {
      fmt::print("{}", kHelp);
      return kWhole;
    }
    const bool known = word == "--key" || word == "--tsa-ca" || word == "--checkpoint";
    if (!known && word.starts_with("--"))
      return Mistake(fmt::format("没有选项“{}”；--help 看用法", Neutralise(word)));
    if (!known) {
      if (!options.file.empty()) return Mistake("一次验证一个文件；--help 看用法");
      options.file = word;
      continue;
    }
    if (++i == argc) return Mistake(fmt::format("{} 后面要写文件名", word));
    if (word == "--key") options.keys.emplace_back(argv[i]);
    if (word == "--checkpoint") options.checkpoints.emplace_back(argv[i]);
    if (word == "--tsa-ca") options.trust = argv[i];
  }
  if (options.file.empty()) return Mistake("缺少要验证的文件；--help 看用法");
  if (options.keys.empty()) return Mistake("缺少公钥：写 --key installation.pub；--help 看用法");
  const Result<ChainChecker::Options> read = Read(options);
  if (!read) return Mistake(read.error().text);
  const bool standard = options.file == "-";
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(
      standard ? stdin : std::fopen(options.file.c_str(), "rb"),
      [](std::FILE* opened) { return opened == stdin ? 0 : std::fclose(opened); });
  if (!file) return Mistake(options.file + "：打不开；检查路径与权限");
  std::error_code ignored;
  if (!standard && std::filesystem::is_directory(options.file, ignored))
    return Mistake(options.file + "：是一个目录；请写文件名");
  const int code = Verify(file.get(), *read);
  if (std::ferror(file.get()) != 0) {
    fmt::print(stderr, "xuncha-verify: {}：读取出错\n", options.file);
    return kFailed;
  }
  return std::fflush(stdout) == 0 ? code : kFailed;
}

}  // namespace
}  // namespace xuncha

int main(int argc, char** argv) { return xuncha::Main(argc, argv); }

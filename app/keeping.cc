// SPDX-License-Identifier: Apache-2.0
#include "app/keeping.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <future>
#include <system_error>

#include "app/timestamper.h"
#include "base/files.h"
#include "base/limits.h"
#include "base/text.h"
#include "base/tree.h"
#include "proof/chain_verdict.h"

namespace xuncha {
namespace {

constexpr std::string_view kVerifiedFile = "verified.json";
constexpr std::chrono::milliseconds kTurnEvery(50);

std::string In(const std::string& directory, std::string_view name) {
  return fmt::format("{}/{}", directory, name);
}

// Who has the private key can always be given its public half.
Result<SigningKey> WithPublicHalf(const Session& session, Result<SigningKey> key,
                                  std::string_view name = kPublicKeyFile) {
  if (!key) return key;
  const std::string path = In(session.data_dir(), name);
  const std::string pem = key->public_key().Pem();
  const Result<std::string> there = ReadFile(path, limits::kKeyFileBytesMax);
  if (there && *there == pem) return key;
  if (Status written = WriteFileAtomically(path, pem); !written) return written.error();
  return key;
}

// On a thread of its own, where somebody has other things to do than to wait.
Result<std::string> AskBeside(const Config& config, const std::string& query,
                              const std::function<void()>& turn) {
  const auto ask = [&config, &query] {
    return AskAuthority(config.timestamp_url, query, config.timestamp_timeout);
  };
  if (!turn) return ask();
  std::future<Result<std::string>> asked;
  try {
    asked = std::async(std::launch::async, ask);
  } catch (const std::system_error&) {  // no more threads are given to us
    return ask();
  }
  while (asked.wait_for(kTurnEvery) != std::future_status::ready) turn();
  return asked.get();
}

Result<TimestampFacts> Timestamp(const Session& session, Store& store, const Config& config,
                                 const Checkpoint& checkpoint, const std::function<void()>& turn) {
  const Result<std::optional<TimestampTrust>> trust = TrustOf(config);
  if (!trust) return trust.error();
  const std::string text = CheckpointText(checkpoint);
  const Result<std::string> query = MakeTimestampQuery(text);
  if (!query) return query.error();
  const Result<std::string> reply = AskBeside(config, *query, turn);
  if (!reply) return reply.error();
  const Millis now = session.clock().Now();
  Result<TimestampFacts> facts = CheckTimestampReply(*reply, *query, **trust);
  if (!facts) return facts;
  const std::string what = fmt::format("{}；序列号 {}；本机时钟与其相差 {:+} 毫秒",
                                       facts->authority, facts->serial, now - facts->time);
  if (Status stamped = store.audit().Stamp(checkpoint.size, *reply, what); !stamped)
    return stamped.error();
  return facts;
}

}  // namespace

Result<SigningKey> InstallationKey(const Session& session, Store& store) {
  const std::string path = In(session.data_dir(), kKeyFile);
  Result<SigningKey> key = SigningKey::Load(path);
  if (key || key.error().code != Code::kNotFound) return WithPublicHalf(session, std::move(key));
  const Result<std::optional<Checkpoint>> last = store.audit().LastCheckpoint();
  if (!last) return last.error();
  if (*last) {
    return Error{Code::kNotFound,
                 fmt::format("{}：签署审计链的密钥不见了；从保存处取回（权限 600）。确已丢失时运行 "
                             "xuncha store chain sign --new-key 换用新密钥，此事会记入审计链",
                             path)};
  }
  return WithPublicHalf(session, SigningKey::Create(path));
}

Result<SigningKey> Sm2Key(const Session& session, Store& store) {
  const std::string path = In(session.data_dir(), kSm2KeyFile);
  Result<SigningKey> key = SigningKey::Load(path);
  if (key && key->kind() != KeyKind::kSm2) {
    return Error{Code::kInvalid, fmt::format("{}：不是 SM2 密钥；移开它，由程序另行生成", path)};
  }
  if (key || key.error().code != Code::kNotFound)
    return WithPublicHalf(session, std::move(key), kSm2PublicKeyFile);
  if (const std::string half = In(session.data_dir(), kSm2PublicKeyFile); FileExists(half)) {
    return Error{Code::kNotFound,
                 fmt::format("{}：SM2 密钥不见了；从保存处取回（权限 600）。确已丢失时把 {} "
                             "移到别处，会另行生成",
                             path, half)};
  }
  key = WithPublicHalf(session, SigningKey::Create(path, KeyKind::kSm2), kSm2PublicKeyFile);
  if (!key) return key;
  const Deed deed{.kind = std::string(kSm2KeyInUse),
                  .what = "SM2 公钥 SHA-256 " + key->public_key().id().hex()};
  if (Status told = store.audit().Record(deed); !told) return told.error();
  return key;
}

Result<SigningKey> ReplaceKey(const Session& session) {
  // A name of their own for the halves of the key that was: old checkpoints are
  // checked with the public one.
  const std::string mark = Hex(RandomBytes(4));
  for (const std::string_view name : {kKeyFile, kPublicKeyFile, kSm2KeyFile, kSm2PublicKeyFile}) {
    const std::string path = In(session.data_dir(), name);
    if (!FileExists(path)) continue;
    const size_t dot = name.rfind('.');
    const std::string aside =
        fmt::format("{}/{}.{}{}", session.data_dir(), name.substr(0, dot), mark, name.substr(dot));
    std::error_code error;
    std::filesystem::rename(path, aside, error);
    if (error) {
      return Error{Code::kSystem,
                   fmt::format("{}：无法移开：{}；检查目录权限", path, error.message())};
    }
    session.Say(fmt::format("原密钥已移到 {}", aside));
  }
  return WithPublicHalf(session, SigningKey::Create(In(session.data_dir(), kKeyFile)));
}

bool IsPublicKeyName(std::string_view name) {
  return (name.starts_with("installation.") || name.starts_with("installation-sm2.")) &&
         name.ends_with(".pub");
}

Result<std::vector<PublicKey>> PublicKeysIn(const std::string& directory) {
  std::vector<std::string> files;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(directory, error)) {
    const std::string name = entry.path().filename();
    if (IsPublicKeyName(name)) files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  std::vector<PublicKey> keys;
  for (const std::string& file : files) {
    const Result<std::string> pem = ReadFile(file, limits::kKeyFileBytesMax);
    if (!pem) return pem.error();
    const Result<PublicKey> key = PublicKey::FromPem(*pem, file);
    if (!key) return key.error();
    keys.push_back(*key);
  }
  return keys;
}

Result<std::vector<PublicKey>> PublicKeysOf(const std::string& directory,
                                            const std::vector<std::string>& files) {
  Result<std::vector<PublicKey>> keys = PublicKeysIn(directory);
  if (!keys) return keys;
  for (const std::string& file : files) {
    const Result<std::string> pem = ReadFile(file, limits::kKeyFileBytesMax);
    if (!pem) return pem.error();
    const Result<PublicKey> key = PublicKey::FromPem(*pem, file);
    if (!key) return key.error();
    keys->push_back(*key);
  }
  return keys;
}

Result<std::optional<TimestampTrust>> TrustOf(const Config& config) {
  if (config.timestamp_url.empty()) return std::optional<TimestampTrust>();
  if (config.timestamp_ca.empty()) return std::optional<TimestampTrust>(TimestampTrust{});
  Result<std::string> pem = ReadFile(config.timestamp_ca, limits::kTrustBytesMax);
  if (!pem) return pem.error();
  return std::optional<TimestampTrust>(TimestampTrust{.pem = std::move(*pem)});
}

bool IsProven(const StoreReport& report) {
  return report.whole() && report.unchecked == 0 && report.chain.proven > 0;
}

Status NoteVerified(const Session& session, const StoreReport& report) {
  Node node = MakeTable();
  Put(node, "time", MakeString(FormatTime(session.clock().Now())));
  Put(node, "whole", MakeBool(report.whole()));
  return WriteFileAtomically(In(session.data_dir(), kVerifiedFile), WriteJson(node) + "\n");
}

std::optional<Verified> LastVerified(const std::string& data_dir) {
  const Result<std::string> text = ReadFile(In(data_dir, kVerifiedFile), limits::kKeyFileBytesMax);
  if (!text) return std::nullopt;
  const Result<Node> node = ParseJson(*text, "verified");
  const Node* time = node ? node->Find("time") : nullptr;
  const Node* whole = node ? node->Find("whole") : nullptr;
  if (time == nullptr || whole == nullptr) return std::nullopt;
  const Result<Millis> when = ParseTime(time->string);
  if (!when) return std::nullopt;
  return Verified{.time = *when, .whole = whole->boolean};
}

int CodeOf(const StoreReport& report) {
  if (report.damaged > 0 || IsDamaged(report.chain)) return kFindings;
  return IsProven(report) ? kClean : kPartial;
}

Result<Checkpoint> SealChain(const Session& session, Store& store, const Config& config,
                             const SigningKey& key, const std::function<void()>& turn) {
  Result<Checkpoint> checkpoint = store.audit().Sign(key);
  if (!checkpoint || config.timestamp_url.empty() || !checkpoint->timestamp.empty())
    return checkpoint;
  const Result<TimestampFacts> stamped = Timestamp(session, store, config, *checkpoint, turn);
  if (!stamped) {
    session.Say(
        fmt::format("警告：时间戳未取得，已记入审计链：{}", Neutralise(stamped.error().text)));
    const Deed deed{.kind = std::string(kTimestampFailed),
                    .what = stamped.error().text,
                    .refs = {fmt::format("checkpoint:{}", checkpoint->size)}};
    if (Status told = store.audit().Record(deed); !told) return told.error();
    return checkpoint;
  }
  // With its timestamp.
  const Result<std::optional<Checkpoint>> last = store.audit().LastCheckpoint();
  if (!last) return last.error();
  return **last;
}

}  // namespace xuncha

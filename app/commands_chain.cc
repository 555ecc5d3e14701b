// store chain: the audit chain, shown, signed, exported, verified and proven.
//
// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <memory>
#include <utility>

#include "app/commands.h"
#include "app/keeping.h"
#include "base/files.h"
#include "base/text.h"
#include "proof/chain_file.h"
#include "proof/merkle.h"
#include "reports/output_file.h"
#include "reports/words.h"

namespace xuncha {
namespace {

constexpr uint32_t kShownDefault = 20;

std::string EntryText(const AuditEntry& entry) {
  std::string text = fmt::format("{:>6}  {}  {}  {}", entry.number, FormatTime(entry.time),
                                 Neutralise(DeedText(entry.kind)), Neutralise(entry.actor));
  if (!entry.what.empty()) text += "  " + Neutralise(CollapseSpace(entry.what));
  for (const std::string& ref : entry.refs) text += "\n        " + Neutralise(ref);
  return text + "\n";
}

// What a command that signs needs.
struct Signer {
  Config config;
  std::unique_ptr<Store> store;
  SigningKey key;
};
Result<Signer> OpenSigner(const Session& session) {
  Result<Config> config = session.ReadConfiguration();
  if (!config) return config.error();
  Result<std::unique_ptr<Store>> store = session.OpenStore();
  if (!store) return store.error();
  Result<SigningKey> key = InstallationKey(session, **store);
  if (!key) return key.error();
  return Signer{std::move(*config), std::move(*store), std::move(*key)};
}

Result<std::vector<Checkpoint>> CheckpointsOf(Store& store) {
  std::vector<Checkpoint> checkpoints;
  const Status read = store.audit().EachCheckpoint([&](const Checkpoint& one) {
    checkpoints.push_back(one);
    return true;
  });
  if (!read) return read.error();
  return checkpoints;
}

Status WriteChain(Store& store, const SigningKey& key, OutputFile& out) {
  const Result<std::vector<Checkpoint>> checkpoints = CheckpointsOf(store);
  if (!checkpoints) return checkpoints.error();
  ChainWriter writer(key);
  out.Put(writer.Head());
  size_t next = 0;
  const Status read = store.audit().Each(1, [&](const AuditEntry& entry) {
    out.Put(writer.Line(entry));
    while (next < checkpoints->size() && (*checkpoints)[next].size <= entry.number)
      out.Put(writer.Line((*checkpoints)[next++]));
    return true;
  });
  if (!read) return read;
  const Result<std::string> end = writer.End();
  if (!end) return end.error();
  out.Put(*end);
  return out.Finish();
}

// The files that openssl checks.
Status WriteForOpenssl(const std::string& directory, const Checkpoint& checkpoint,
                       const SigningKey& key) {
  if (Status made = MakeDirectories(directory); !made) return made;
  const std::pair<std::string_view, std::string> files[] = {
      {"checkpoint.txt", CheckpointText(checkpoint)},
      {"checkpoint.sig", checkpoint.signature},
      {"checkpoint.tsr", checkpoint.timestamp},
      {"installation.pub", key.public_key().Pem()},
  };
  for (const auto& [name, bytes] : files) {
    if (bytes.empty()) continue;
    if (Status put = WriteFileAtomically(fmt::format("{}/{}", directory, name), bytes); !put)
      return put;
  }
  return Ok();
}

Result<std::string> ProveEntry(Store& store, uint64_t number, const Checkpoint& checkpoint) {
  const Result<std::optional<AuditEntry>> entry = store.audit().EntryAt(number);
  if (!entry) return entry.error();
  if (!*entry) {
    return Error{Code::kNotFound,
                 fmt::format("审计链没有第 {} 条；xuncha store chain show 列出最近的", number)};
  }
  Result<std::vector<Digest>> leaves = store.audit().Leaves();
  if (!leaves) return leaves.error();
  leaves->resize(checkpoint.size);
  return ProofLine(
      InclusionProof{std::move(**entry), checkpoint, InclusionPath(*leaves, number - 1)});
}

Result<std::string> ProveGrowth(Store& store, uint64_t size, const Checkpoint& later) {
  const Result<std::vector<Checkpoint>> checkpoints = CheckpointsOf(store);
  if (!checkpoints) return checkpoints.error();
  for (const Checkpoint& earlier : *checkpoints) {
    if (earlier.size != size) continue;
    Result<std::vector<Digest>> leaves = store.audit().Leaves();
    if (!leaves) return leaves.error();
    leaves->resize(later.size);
    return ProofLine(ConsistencyProof{earlier, later, ConsistencyPath(*leaves, size)});
  }
  std::string sizes;
  for (const Checkpoint& one : *checkpoints) sizes += fmt::format(" {}", one.size);
  return Error{Code::kNotFound, fmt::format("没有 {} 条时的检查点；有：{}", size, sizes)};
}

}  // namespace

int RunChainShow(Session& session, const Arguments& arguments) {
  const Result<uint32_t> last = arguments.Number("--last", kShownDefault);
  if (!last) return session.Fail(last.error());
  Result<std::unique_ptr<Store>> store = session.ReadStore();
  if (!store) return session.Fail(store.error());
  AuditChain& chain = (*store)->audit();
  const Result<uint64_t> size = chain.Size();
  if (!size) return session.Fail(size.error());
  const uint64_t from = *size > *last ? *size - *last + 1 : 1;
  const Status read = chain.Each(from, [&](const AuditEntry& entry) {
    session.Out(arguments.Has("--json") ? EntryLine(entry) + "\n" : EntryText(entry));
    return true;
  });
  if (!read) return session.Fail(read.error());
  const Result<std::optional<Checkpoint>> checkpoint = chain.LastCheckpoint();
  if (!checkpoint) return session.Fail(checkpoint.error());
  session.Say(*checkpoint ? fmt::format("共 {} 条；前 {} 条已于 {} 签名{}", *size,
                                        (*checkpoint)->size, FormatTime((*checkpoint)->time),
                                        (*checkpoint)->timestamp.empty() ? "" : "并加盖时间戳")
                          : fmt::format("共 {} 条；尚未签名", *size));
  return kClean;
}

int RunChainSign(Session& session, const Arguments& arguments) {
  if (arguments.Has("--new-key")) {
    const Result<SigningKey> made = ReplaceKey(session);
    if (!made) return session.Fail(made.error());
    session.Say("已换用新密钥；此前的证据包仍须用旧公钥（installation.….pub）核对，请一并妥善保存");
  }
  Result<Signer> signer = OpenSigner(session);
  if (!signer) return session.Fail(signer.error());
  const Result<Checkpoint> checkpoint =
      SealChain(session, *signer->store, signer->config, signer->key);
  if (!checkpoint) return session.Fail(checkpoint.error());
  if (arguments.Has("--out")) {
    const std::string directory = arguments.Get("--out");
    if (Status put = WriteForOpenssl(directory, *checkpoint, signer->key); !put)
      return session.Fail(put.error());
  }
  session.Out(CheckpointLine(*checkpoint) + "\n");
  if (Status written = session.Flush(); !written) {
    return session.Fail({written.error().code,
                         written.error().text + "；已签名，检查点没有输出：请再运行一次并保存"});
  }
  session.Say(
      fmt::format("已签名前 {} 条；请把这一行存到本机之外，日后用 xuncha-verify "
                  "--checkpoint 对照，可发现整条链被重写",
                  checkpoint->size));
  return kClean;
}

int RunChainExport(Session& session, const Arguments& arguments) {
  Result<Signer> signer = OpenSigner(session);
  if (!signer) return session.Fail(signer.error());
  const std::string path = arguments.positional.empty() ? "-" : arguments.positional[0];
  if (path != "-" && FileExists(path)) {
    return session.Fail(
        {Code::kConflict,
         fmt::format("{}：文件已存在，不覆盖：先前导出的是当时的证据；换一个文件名", path)});
  }
  OutputFile out(path);
  if (Status ready = out.Ready(); !ready) return session.Fail(ready.error());
  AuditChain& chain = signer->store->audit();
  const Deed deed{.kind = "chain-export", .what = "导出到 " + (path == "-" ? "标准输出" : path)};
  if (Status told = chain.Record(deed); !told) return session.Fail(told.error());
  const Result<Checkpoint> sealed = SealChain(session, *signer->store, signer->config, signer->key);
  if (!sealed) return session.Fail(sealed.error());
  // What was said of the timestamp is signed too.
  const Result<Checkpoint> last = chain.Sign(signer->key);
  if (!last) return session.Fail(last.error());
  if (Status written = WriteChain(*signer->store, signer->key, out); !written)
    return session.Fail(written.error());
  session.Say(fmt::format("已导出 {} 条；验证：xuncha-verify --key {}/{} {}", last->size,
                          session.data_dir(), kPublicKeyFile, path));
  return kClean;
}

int RunChainVerify(Session& session, const Arguments& arguments) {
  const Result<Config> config = session.ReadConfiguration();
  if (!config) return session.Fail(config.error());
  Result<std::unique_ptr<Store>> store = session.ReadStore();
  if (!store) return session.Fail(store.error());
  CheckOptions options{.scope = CheckOptions::Scope::kChain};
  Result<std::vector<PublicKey>> keys = PublicKeysOf(session.data_dir(), arguments.All("--key"));
  if (!keys) return session.Fail(keys.error());
  options.chain.keys = std::move(*keys);
  Result<std::optional<TimestampTrust>> trust = TrustOf(*config);
  if (!trust) return session.Fail(trust.error());
  options.chain.trust = std::move(*trust);
  const Result<StoreReport> report = (*store)->Check(options);
  if (!report) return session.Fail(report.error());
  for (const StoreFault& fault : report->faults)
    session.Out(fmt::format("✗ {}\n", Neutralise(fault.text)));
  session.Out(report->chain.Text());
  return CodeOf(*report);
}

int RunChainProve(Session& session, const Arguments& arguments) {
  const bool growth = arguments.Has("--since");
  if (growth == !arguments.positional.empty()) {
    return session.Fail({Code::kInvalid, "store chain prove：写条目编号，或写 --since 检查点条数"});
  }
  const Result<uint32_t> number =
      growth ? arguments.Number("--since", 0) : ReadNumber("条目编号", arguments.positional[0]);
  if (!number) return session.Fail(number.error());
  Result<Signer> signer = OpenSigner(session);
  if (!signer) return session.Fail(signer.error());
  const Result<Checkpoint> checkpoint =
      SealChain(session, *signer->store, signer->config, signer->key);
  if (!checkpoint) return session.Fail(checkpoint.error());
  if (!growth && *number > checkpoint->size) {
    return session.Fail({Code::kNotFound, fmt::format("审计链没有第 {} 条；已签名的有 {} 条",
                                                      *number, checkpoint->size)});
  }
  const Result<std::string> line = growth ? ProveGrowth(*signer->store, *number, *checkpoint)
                                          : ProveEntry(*signer->store, *number, *checkpoint);
  if (!line) return session.Fail(line.error());
  session.Out(*line + "\n");
  return kClean;
}

}  // namespace xuncha

// A cluster is what one intrusion left in many places: findings with the same words of the
// same rule, or that lead to the same foreign host. Its incidents may be decided at once,
// after a look at how many they are, where, and which cannot.
//
// Values; any thread.
//
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "store/store.h"

namespace xuncha {

enum class ClusterKind : uint8_t { kSpan, kTarget };

struct ClusterKey {
  ClusterKind kind = ClusterKind::kSpan;
  std::string rule;  // of kSpan
  std::string span;  // of kSpan: the normalised words; of kTarget: the host
  // "span:gambling.brand:某某" and "target:bad.example": as the command line and links
  // have it.
  std::string id() const;
  friend auto operator<=>(const ClusterKey&, const ClusterKey&) = default;
};
Result<ClusterKey> ParseClusterKey(std::string_view id);  // kInvalid
// The clusters the finding is part of, each once.
std::vector<ClusterKey> ClustersOf(const StoredFinding& finding);

struct ClusterLine {
  ClusterKey key;
  uint64_t findings = 0;
  uint64_t incidents = 0;
  uint64_t sites = 0;
};

struct ClusterPreview {
  ClusterKey key;
  uint64_t findings = 0;               // that stand
  std::vector<std::string> sites;      // by id
  std::vector<StoredFinding> samples;  // ≤ 5, of different sites where there are
  struct Member {
    std::string incident;
    std::string site;
    uint64_t version = 0;
    std::string state;
    uint64_t findings = 0;  // of the cluster
    uint64_t others = 0;    // standing findings of the incident that are not of the cluster
    std::string skip;       // why it will not be decided with the others; empty: it will
  };
  // By site; at most limits::kClusterMax to be decided, and as many to be skipped.
  std::vector<Member> members;
  bool cut = false;  // there are more to be decided
  // Not all that are judged were looked at, limits::kClusterJudgedReadMax: they are neither
  // listed nor counted.
  bool judged_cut = false;
};

struct ClusterResult {
  uint64_t decided = 0;
  struct Skipped {
    std::string incident;
    std::string site;
    std::string why;  // Chinese
  };
  std::vector<Skipped> skipped;
};

}  // namespace xuncha

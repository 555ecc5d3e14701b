// Two passes would read the bodies twice, so they come first: their digests stay in
// memory, eight bytes each, and everything that names one is held against them.
//
// SPDX-License-Identifier: Apache-2.0
#include "store/checker.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "base/limits.h"
#include "store/accounts_records.h"
#include "store/casework_check.h"
#include "store/codec.h"
#include "store/coverage.h"
#include "store/deliveries_records.h"
#include "store/index_keeping.h"
#include "store/keys.h"
#include "store/purge.h"
#include "store/records.h"

namespace xuncha {
namespace {

constexpr uint64_t kProgressEvery = 1'000;

// Chance makes two of ten million digests alike in eight bytes once in 400 000.
uint64_t Short(const Digest& digest) { return FromBigEndian(digest.view().substr(0, 8)); }

class Checker {
 public:
  Checker(const Database& database, const BlobStore& blobs, const CheckOptions& options)
      : database_(database), blobs_(blobs), options_(options), chain_(options.chain) {}

  Result<StoreReport> Check() {
    // A mark that cannot be read is told of where it stands.
    if (const Result<PurgeMark> mark = ReadPurgeMark(database_)) report_.purged_below = mark->below;
    if (options_.scope == CheckOptions::Scope::kAll) CheckAllButAudit();
    CheckAudit();
    if (stopped_) {
      return Error{Code::kConflict, "store: the check was stopped before its end; run it again"};
    }
    report_.chain = chain_.Finish();
    return std::move(report_);
  }

 private:
  void CheckAllButAudit() {
    for (const Error& file : database_.CheckFiles()) Fault(file.code, file.text);
    Pass(Family::kBlobs, &Checker::Body);
    Pass(Family::kSites, &Checker::SiteRecord);
    Pass(Family::kUrls, &Checker::Url);
    Pass(Family::kObservations, &Checker::Seen);
    Pass(Family::kFindings, &Checker::Found);
    Pass(Family::kIncidents, &Checker::Case);
    Pass(Family::kEvents, &Checker::Happened);
    Pass(Family::kMeta, &Checker::Meta);
    Pass(Family::kDictionaries, &Checker::DictionaryRecord);
    Pass(Family::kHolds, &Checker::Held);
    Pass(Family::kExports, &Checker::Handed);
    Pass(Family::kAccounts, &Checker::AtTheDesk);
    Pass(Family::kCasework, &Checker::Worked);
    Pass(Family::kDeliveries, &Checker::Message);
    Pass(Family::kIndex, &Checker::Indexed);
    CompareIndex();
  }

  using Look = void (Checker::*)(std::string_view key, std::string_view payload);

  // ---- telling ----

  void Fault(Code code, std::string text) {
    ++(code == Code::kNewer ? report_.unchecked : report_.damaged);
    if (report_.faults.size() < limits::kStoreFaultsMax)
      report_.faults.push_back({code, std::move(text)});
  }
  void Fault(Family family, std::string_view key, Code code, std::string_view what) {
    ++count_->damaged;
    Fault(code, fmt::format("{} {}: {}", FamilyName(family), ReadableKey(key), what));
  }
  void Missing(Family family, std::string_view key, std::string_view noun, std::string_view name) {
    Fault(family, key, Code::kDamaged, fmt::format("names {} {}, which is not there", noun, name));
  }

  // ---- following ----

  void Names(Family family, std::string_view key, std::string_view noun, Family other,
             std::string_view other_key) {
    const Result<bool> there = database_.Has(other, other_key);
    if (there && *there) {
      ++report_.references;
    } else {
      Missing(family, key, noun, ReadableKey(other_key));
    }
  }
  void NamesBody(Family family, std::string_view key, const Digest& body) {
    if (body.empty()) return;
    if (std::binary_search(bodies_.begin(), bodies_.end(), Short(body))) {
      ++report_.references;
    } else {
      Missing(family, key, "body", body.hex());
    }
  }

  template <class Record>
  std::optional<Record> Read(Family family, std::string_view key, std::string_view payload) {
    Result<Record> record = DecodeRecord<Record>(payload);
    if (record) return std::move(*record);
    Fault(family, key, record.error().code, record.error().text);
    return std::nullopt;
  }

  // ---- reading ----

  bool Count(size_t bytes) {
    ++count_->records;
    count_->bytes += bytes;
    if (++read_ % kProgressEvery == 0 && options_.progress && !options_.progress(read_))
      stopped_ = true;
    return !stopped_;
  }

  void Pass(Family family, Look look) {
    if (stopped_) return;
    report_.families.push_back({.name = std::string(FamilyName(family))});
    count_ = &report_.families.back();
    database_.Sweep(family, [&](std::string_view key, const Result<std::string_view>& payload) {
      if (!payload) {
        ++count_->damaged;
        Fault(payload.error().code, payload.error().text);
        return !stopped_;
      }
      if (look != nullptr) (this->*look)(key, *payload);
      return Count(payload->size());
    });
    // Behind an unreadable block the order was the other way round.
    if (family == Family::kBlobs) std::sort(bodies_.begin(), bodies_.end());
  }

  void Body(std::string_view key, std::string_view /*payload*/) {
    constexpr Family kHere = Family::kBlobs;
    if (key.size() != 32) return Fault(kHere, key, Code::kDamaged, "is no digest");
    const Digest digest = Digest::FromRaw(key);
    // One that is there but damaged is told once, here.
    bodies_.push_back(Short(digest));
    const Result<std::string> raw = blobs_.Get(digest);
    if (!raw) return Fault(kHere, key, raw.error().code, raw.error().text);
    ++report_.bodies;
    report_.body_bytes += raw->size();
  }

  void SiteRecord(std::string_view key, std::string_view payload) {
    const auto site = Read<Site>(Family::kSites, key, payload);
    if (site && site->id != key)
      Fault(Family::kSites, key, Code::kDamaged, "is the record of another site");
  }

  void Url(std::string_view key, std::string_view payload) {
    constexpr Family kHere = Family::kUrls;
    const size_t end = key.find('\0');
    const std::string site(key.substr(0, end));
    if (facts_url_ && IsVisitKey(key, url_key_)) {
      const auto visit = Read<UrlVisit>(kHere, key, payload);
      if (!visit) return;
      if (visit->last_run != 0)
        Names(kHere, key, "observation", Family::kObservations,
              ObservationKey(site, visit->last_run, *facts_url_));
      if (visit->full_run != 0)
        Names(kHere, key, "observation", Family::kObservations,
              ObservationKey(site, visit->full_run, *facts_url_));
      return;
    }
    facts_url_.reset();
    url_key_ = key;
    const auto facts = Read<UrlFacts>(kHere, key, payload);
    if (!facts) return;
    facts_url_ = facts->url;
    if (UrlKey(site, facts->url) != key)
      return Fault(kHere, key, Code::kDamaged, "is the record of another URL");
    for (const Digest& blob : {facts->body, facts->text, facts->assets})
      NamesBody(kHere, key, blob);
  }

  void Seen(std::string_view key, std::string_view payload) {
    constexpr Family kHere = Family::kObservations;
    const size_t end = key.find('\0');
    if (end == std::string_view::npos || key.size() != end + 1 + 8 + 16)
      return Fault(kHere, key, Code::kDamaged, "is not the key of an observation");
    const std::string site(key.substr(0, end));
    const uint64_t run = FromBigEndian(key.substr(end + 1, 8));
    const auto seen = Read<Observation>(kHere, key, payload);
    if (!seen) return;
    if (seen->full_run != run) {
      return Names(kHere, key, "the full observation", kHere,
                   ObservationKeyOfRun(key, site, seen->full_run));
    }
    if (ObservationKey(site, run, seen->url) != key)
      return Fault(kHere, key, Code::kDamaged, "is the record of another URL");
    for (const Digest& blob : BlobsOf(*seen)) NamesBody(kHere, key, blob);
  }

  void Found(std::string_view key, std::string_view payload) {
    constexpr Family kHere = Family::kFindings;
    if (key.starts_with('i')) {
      const auto place = Read<FindingPlace>(kHere, key, payload);
      if (place)
        Names(kHere, key, "finding", kHere, FindingKey(place->site, place->url, key.substr(1)));
      return;
    }
    const auto found = Read<StoredFinding>(kHere, key, payload);
    if (!found) return;
    const std::string& id = found->finding.id;
    if (FindingKey(found->site, found->url, id) != key)
      return Fault(kHere, key, Code::kDamaged, "is the record of another finding");
    Names(kHere, key, "its own id", kHere, FindingIdKey(id));
    // Of a finding that stays for a held observation, the last one may have gone.
    const std::string last = ObservationKey(found->site, found->last_run, found->url);
    const Result<bool> there = database_.Has(Family::kObservations, last);
    if (found->last_run < report_.purged_below && there && !*there) {
      ++report_.purged;
    } else {
      Names(kHere, key, "observation", Family::kObservations, last);
    }
    NamesBody(kHere, key, found->body);
    const Result<bool> member = database_.Has(
        Family::kIncidents, MemberKey(StableId({found->site, found->finding.kind}), id));
    index_.AddFinding(*found,
                      member && *member ? IndexModel::Member::kYes : IndexModel::Member::kNo);
  }

  void Case(std::string_view key, std::string_view payload) {
    constexpr Family kHere = Family::kIncidents;
    if (key.starts_with('m')) {
      const size_t end = key.find('\0');
      if (end == std::string_view::npos)
        return Fault(kHere, key, Code::kDamaged, "is not the key of a member");
      Names(kHere, key, "incident", kHere, IncidentKey(key.substr(1, end - 1)));
      Names(kHere, key, "finding", Family::kFindings, FindingIdKey(key.substr(end + 1)));
      return;
    }
    const auto incident = Read<Incident>(kHere, key, payload);
    if (incident && IncidentKey(incident->id) != key)
      return Fault(kHere, key, Code::kDamaged, "is the record of another incident");
    if (incident) index_.AddIncident(*incident);
  }

  void Indexed(std::string_view key, std::string_view payload) {
    if (key != kIndexMarkKey) {
      ++indexed_;
    } else if (const auto mark = Read<IndexMark>(Family::kIndex, key, payload)) {
      index_made_ = mark->version == kIndexVersion;
    }
  }

  // The index is what follows from incidents and findings, and nothing else. One that
  // was never made, or of a version not known, is made when the store is opened.
  void CompareIndex() {
    const bool basis_whole = std::ranges::all_of(report_.families, [](const auto& family) {
      return family.damaged == 0 || (family.name != FamilyName(Family::kFindings) &&
                                     family.name != FamilyName(Family::kIncidents) &&
                                     family.name != FamilyName(Family::kIndex));
    });
    if (stopped_ || !index_made_ || !basis_whole) return;
    uint64_t wanted = 0;
    const Status compared =
        index_.Each([&](const std::string& key, const std::string& payload) -> Status {
          ++wanted;
          const Result<std::optional<std::string>> kept = database_.Get(Family::kIndex, key);
          if (!kept) return kept.error();
          if (!*kept || **kept != payload)
            Fault(Family::kIndex, key, Code::kDamaged,
                  *kept ? "does not agree with the incidents and findings" : "is not there");
          return Ok();
        });
    if (!compared) return Fault(compared.error().code, compared.error().text);
    if (indexed_ != wanted) {
      Fault(Family::kIndex, kIndexMarkKey, Code::kDamaged,
            fmt::format("there are {} records, and {} follow from the incidents and findings",
                        indexed_, wanted));
    }
  }

  void Happened(std::string_view key, std::string_view payload) {
    constexpr Family kHere = Family::kEvents;
    const auto event = Read<Event>(kHere, key, payload);
    if (!event) return;
    const size_t end = key.find('\0');
    if (end == std::string_view::npos || event->incident != key.substr(0, end))
      return Fault(kHere, key, Code::kDamaged, "is an event of another incident");
    Names(kHere, key, "incident", Family::kIncidents, IncidentKey(event->incident));
  }

  void Handed(std::string_view key, std::string_view payload) {
    constexpr Family kHere = Family::kExports;
    if (!key.starts_with(kExportKeys) || !NumberOfKey(key))
      return Fault(kHere, key, Code::kDamaged, "is not the key of an export");
    Read<EvidenceExport>(kHere, key, payload);
  }

  void Worked(std::string_view key, std::string_view payload) {
    constexpr Family kHere = Family::kCasework;
    const Result<CaseworkNames> named = NamesOfCasework(database_, key, payload);
    if (!named) return Fault(kHere, key, named.error().code, named.error().text);
    for (const CaseworkNames::Named& one : named->records)
      Names(kHere, key, one.noun, one.family, one.key);
    for (const Digest& body : named->bodies) NamesBody(kHere, key, body);
  }

  // What waits is listed, what is listed waits, and a key leads to its message.
  void Message(std::string_view key, std::string_view payload) {
    constexpr Family kHere = Family::kDeliveries;
    const std::optional<uint64_t> number = NumberOfKey(key);
    if (key.starts_with(kChannelKeys)) {
      Read<ChannelFacts>(kHere, key, payload);
    } else if (key.starts_with(kDeliveryPlaceKeys)) {
      if (const auto place = Read<DeliveryPlace>(kHere, key, payload))
        Names(kHere, key, "message", kHere, DeliveryKey(place->number));
    } else if (key.starts_with(kOpenDeliveryKeys) && number) {
      Names(kHere, key, "message", kHere, DeliveryKey(*number));
    } else if (key.starts_with(kDeliveryKeys) && number) {
      const auto message = Read<Delivery>(kHere, key, payload);
      if (!message) return;
      const Result<bool> listed = database_.Has(kHere, OpenDeliveryKey(*number));
      if (listed && *listed != message->open())
        Fault(kHere, key, Code::kDamaged,
              message->open() ? "waits, and is not listed" : "is listed, and does not wait");
      Names(kHere, key, "its own key", kHere,
            DeliveryPlaceKey(message->channel, message->to, message->key));
      if (message->merged_into != 0)
        Names(kHere, key, "the message it went with", kHere, DeliveryKey(message->merged_into));
    } else {
      Fault(kHere, key, Code::kDamaged, "is no record of the messages");
    }
  }

  // That the bodies packed with it have it was asked when they were unpacked.
  void DictionaryRecord(std::string_view key, std::string_view payload) {
    constexpr Family kHere = Family::kDictionaries;
    if (key.starts_with(kSiteDictionaryKeys)) {
      const auto site = Read<SiteDictionary>(kHere, key, payload);
      if (site && !site->dictionary.empty())
        Names(kHere, key, "dictionary", kHere, DictionaryKey(site->dictionary.view()));
      return;
    }
    const auto dictionary = Read<PackedBlob>(kHere, key, payload);
    if (!dictionary) return;
    const Result<std::string> bytes = UnpackBody(*dictionary, {});
    if (!bytes) return Fault(kHere, key, bytes.error().code, bytes.error().text);
    if (DictionaryKey(Sha256(*bytes).view()) != key)
      Fault(kHere, key, Code::kDamaged, "is not the dictionary of this digest");
  }

  // All that was there when the hold was placed must be there until it is lifted.
  void Held(std::string_view key, std::string_view payload) {
    constexpr Family kHere = Family::kHolds;
    auto hold = Read<Hold>(kHere, key, payload);
    if (!hold) return;
    if (key.size() != 8) return Fault(kHere, key, Code::kDamaged, "is not the key of a hold");
    hold->number = FromBigEndian(key);
    if (hold->released != 0) return;
    const Result<CoverageTally> tally = TallyOf(database_, *hold);
    if (!tally) return Fault(kHere, key, tally.error().code, tally.error().text);
    report_.held += tally->observations;
    if (tally->observations == hold->covered && tally->root == hold->covered_root) return;
    Fault(
        kHere, key, Code::kDamaged,
        fmt::format("{} held {} observations when it was placed, and {}", hold->id(), hold->covered,
                    tally->observations == hold->covered
                        ? std::string("some of them are others now")
                        : fmt::format("{} are there", tally->observations)));
  }

  void AtTheDesk(std::string_view key, std::string_view payload) {
    constexpr Family kHere = Family::kAccounts;
    std::string own;
    if (key.starts_with(kAccountKeys)) {
      if (const auto account = Read<Account>(kHere, key, payload)) own = AccountKey(account->name);
    } else if (key.starts_with(kSessionKeys)) {
      if (const auto session = Read<DeskSession>(kHere, key, payload))
        own = SessionKey(session->token);
    } else if (key.starts_with(kTokenKeys)) {
      if (const auto token = Read<ApiToken>(kHere, key, payload)) own = ApiTokenKey(token->token);
    } else {
      return Fault(kHere, key, Code::kDamaged, "is no key of this family");
    }
    if (!own.empty() && own != key)
      Fault(kHere, key, Code::kDamaged, "is the record of another key");
  }

  // Of what other parts keep there, the checksum has been checked.
  void Meta(std::string_view key, std::string_view payload) {
    constexpr Family kHere = Family::kMeta;
    if (key.starts_with(kRunKeys)) {
      const auto run = Read<Run>(kHere, key, payload);
      if (run && RunKey(run->id) != key)
        Fault(kHere, key, Code::kDamaged, "is the record of another run");
    } else if (key.starts_with("done/") && key.size() > 13) {
      if (Read<SiteDoneMark>(kHere, key, payload))
        Names(kHere, key, "run", kHere, RunKey(FromBigEndian(key.substr(5, 8))));
    } else if (key == kPurgeKey) {
      Read<PurgeMark>(kHere, key, payload);
    } else if (key.starts_with("note/")) {
      Read<NoteValue>(kHere, key, payload);
    }
  }

  // ---- the chain ----

  void Checkpoints(uint64_t up_to) {
    while (next_ < checkpoints_.size() && checkpoints_[next_].size <= up_to)
      chain_.Add(checkpoints_[next_++]);
  }

  void Entry(std::string_view key, std::string_view payload) {
    const std::optional<uint64_t> number = NumberOfKey(key);
    auto entry = Read<AuditEntry>(Family::kAudit, key, payload);
    if (!number || !entry) return chain_.Fault(ChainFault::kUnreadable, number.value_or(0));
    entry->number = *number;
    Checkpoints(*number - 1);
    chain_.Add(*entry);
    Checkpoints(*number);
  }

  void CheckAudit() {
    if (stopped_) return;
    constexpr Family kHere = Family::kAudit;
    report_.families.push_back({.name = std::string(FamilyName(kHere))});
    count_ = &report_.families.back();
    std::optional<ChainTail> tail;
    // Checkpoints stand before entries in the order of keys, the tail behind.
    database_.Sweep(kHere, [&](std::string_view key, const Result<std::string_view>& payload) {
      if (!payload) {
        ++count_->damaged;
        Fault(payload.error().code, payload.error().text);
        return !stopped_;
      }
      if (key.starts_with(kCheckpointKeys)) {
        auto checkpoint = Read<Checkpoint>(kHere, key, *payload);
        if (checkpoint && CheckpointKey(checkpoint->size) != key)
          Fault(kHere, key, Code::kDamaged, "is a checkpoint of another size");
        if (checkpoint) checkpoints_.push_back(std::move(*checkpoint));
      } else if (key.starts_with(kEntryKeys)) {
        Entry(key, *payload);
      } else if (key == kTailKey) {
        tail = Read<ChainTail>(kHere, key, *payload);
      } else {
        Fault(kHere, key, Code::kDamaged, "is no record of the audit chain");
      }
      return Count(payload->size());
    });
    Checkpoints(UINT64_MAX);
    const uint64_t size = tail ? tail->size : 0;
    if (size != chain_.entries() || (tail && tail->last != chain_.last()))
      chain_.Fault(ChainFault::kCutOff, size, fmt::format("{} / {}", chain_.entries(), size));
  }

  const Database& database_;
  const BlobStore& blobs_;
  const CheckOptions& options_;
  ChainChecker chain_;
  StoreReport report_;
  StoreReport::FamilyCount* count_ = nullptr;
  uint64_t read_ = 0;
  bool stopped_ = false;
  IndexModel index_;  // as it should be
  uint64_t indexed_ = 0;
  bool index_made_ = false;
  std::vector<uint64_t> bodies_;
  std::string url_key_;
  std::optional<std::string> facts_url_;
  std::vector<Checkpoint> checkpoints_;
  size_t next_ = 0;
};

}  // namespace

Result<StoreReport> CheckRecords(const Database& database, const BlobStore& blobs,
                                 const CheckOptions& options) {
  return Checker(database, blobs, options).Check();
}

}  // namespace xuncha

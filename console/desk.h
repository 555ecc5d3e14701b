// OfficersDesk answers requests: it reads them, finds their route, asks the gate who
// comes, and calls the handler only if the table of routes lets that one in. It knows
// of no sockets (server.h does) and owns what handlers share.
//
// In this order, the first that fails being the answer: method, host, target; the route;
// who comes; origin and token of what is no GET; role; the body.
//
// Answer on any thread; Tend on that of the store's owner.
//
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "console/assets.h"
#include "console/changes.h"
#include "console/cluster_board.h"
#include "console/drawings.h"
#include "console/gate.h"
#include "console/provider.h"
#include "console/reading.h"
#include "console/templates.h"
#include "console/web.h"
#include "console/words.h"

namespace xuncha {

class OfficersDesk final : public Desk {
 public:
  struct Options {
    std::vector<std::string> names;  // hosts it goes by, beside localhost and loopback
    std::string data_directory;
    CasePolicy policy;  // until SetPolicies
    TellPolicy tell;
    Gate::Options gate;
    Drawings::Draw draw;            // empty: captured pages cannot be drawn here
    bool proxied = false;           // who connects is a proxy; clients stand in X-Forwarded-For
    Provider* provider = nullptr;   // borrowed; nullptr: nobody signs in by one
    std::span<const Route> routes;  // empty: Routes()
  };
  // Made by the owner of the store. kInvalid if a word is missing in a template.
  static Result<std::unique_ptr<OfficersDesk>> Make(Store& store, const Clock& clock,
                                                    Options options);
  ~OfficersDesk() override;

  // Of a request to `target`, or 0 if there is no such route. Where anybody may send files
  // they are let in only by a path that opens something (Route::opens).
  size_t BodyMax(std::string_view method, std::string_view target) const;
  // The address the request came from, as it stands in records: of a proxy's, its client.
  std::string ClientOf(const RawRequest& raw) const;
  // Whether Answer may have to wait for another server.
  bool Waits(std::string_view method, std::string_view target) const;
  Reply Answer(const RawRequest& raw);
  // What the server answers itself: a problem, as a page.
  Reply Refuse(const RawRequest& raw, int status, std::string_view word);

  // The owner of the store: does what waits, and forgets sessions that have expired.
  void Tend();
  Changes& changes() { return changes_; }
  Gate& gate() { return *gate_; }
  Drawings& drawings() { return drawings_; }
  ClusterBoard& cluster_board() { return cluster_board_; }
  Provider* provider() const { return options_.provider; }
  const Catalogue& catalogue() const { return catalogue_; }

  const Store& store() const override { return store_; }
  const Clock& clock() const override { return clock_; }
  std::shared_ptr<const CasePolicy> policy() const override;
  std::shared_ptr<const TellPolicy> tell() const override;
  // What was configured anew goes from now on. Any thread.
  void SetPolicies(CasePolicy policy, TellPolicy tell);
  std::shared_ptr<const RuleTrial> trial() const override;
  // The rules that are in force from now on. Any thread.
  void SetTrial(std::shared_ptr<const RuleTrial> trial);
  const std::string& data_directory() const override { return options_.data_directory; }
  Status Change(const std::function<Status(Store&)>& change) override;
  std::string Word(Language language, std::string_view key) const override;
  std::string AssetPath(std::string_view name) const override;
  std::string Fill(Language language, std::string_view template_name,
                   const Fields& fields) const override;

 private:
  OfficersDesk(Store& store, const Clock& clock, Options options, Catalogue catalogue,
               Assets assets);
  Reply Dispatch(const RawRequest& raw, Request& request);
  Reply Enter(const RawRequest& raw, Request& request, const Route& route);
  bool KnowsHost(std::string_view header) const;
  const Route* Find(std::string_view method, std::string_view path,
                    std::vector<std::string>* parts) const;
  std::string MethodsOf(std::string_view path) const;

  Store& store_;
  const Clock& clock_;
  const Options options_;
  const Catalogue catalogue_;
  const Assets assets_;
  Changes changes_;
  Drawings drawings_;
  ClusterBoard cluster_board_;
  std::unique_ptr<Gate> gate_;
  std::unique_ptr<Templates> templates_;
  mutable std::mutex shared_mutex_;  // of the three below
  std::shared_ptr<const RuleTrial> trial_;
  std::shared_ptr<const CasePolicy> policy_;
  std::shared_ptr<const TellPolicy> tell_;
  Millis swept_ = 0;
};

// The desk as the handlers of this folder know it. REQUIRES: it is one.
OfficersDesk& OfficersDeskOf(Visit& visit);

}  // namespace xuncha

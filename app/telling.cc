// SPDX-License-Identifier: Apache-2.0
#include "app/telling.h"

#include <fmt/format.h>

#include <cstdlib>

#include "base/limits.h"
#include "base/text.h"
#include "reports/courier.h"

namespace xuncha {

std::string SecretsDirectory(const Session& session) {
  const char* given = std::getenv("CREDENTIALS_DIRECTORY");
  return given != nullptr && *given != '\0' ? given : session.data_dir();
}

Result<Teller::Tally> TellPeople(const Session& session, Store& store, const Config& config) {
  if (config.tell.channels.empty()) return Teller::Tally{};
  CurlCourier courier(limits::kMessageMillisMax);
  Teller teller({store, config.tell, session.clock(), courier, SecretsDirectory(session)});
  return teller.Drain(session.stop());
}

std::string TallyText(const Teller::Tally& tally) {
  if (tally.sent + tally.failed + tally.given_up + tally.waiting == 0) return "没有要发的消息\n";
  std::string text = fmt::format("消息：送出 {} 条", tally.sent);
  if (tally.failed > 0) text += fmt::format("，{} 条未成、将重试", tally.failed);
  if (tally.given_up > 0) text += fmt::format("，放弃 {} 条", tally.given_up);
  if (tally.waiting > 0) text += fmt::format("；待发 {} 条", tally.waiting);
  return text + "\n";
}

void TellAfterRun(const Session& session, Store& store, const Config& config) {
  const Result<Teller::Tally> tally = TellPeople(session, store, config);
  if (!tally) {
    session.Say(fmt::format("警告：消息没有发出：{}", Neutralise(tally.error().text)));
    return;
  }
  for (const std::string& error : tally->errors) session.Say("警告：" + error);
  if (tally->failed + tally->given_up > 0) {
    std::string text = TallyText(*tally);
    text.pop_back();
    session.Say(text + "；xuncha tell list 看原因");
  }
}

}  // namespace xuncha

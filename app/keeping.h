// What the commands share that keep and prove: the installation's key, and
// signing the audit chain with it.
//
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "app/config.h"
#include "app/session.h"
#include "proof/signing.h"
#include "proof/timestamp.h"
#include "store/store.h"

namespace xuncha {

inline constexpr std::string_view kKeyFile = "installation.key";
inline constexpr std::string_view kPublicKeyFile = "installation.pub";
inline constexpr std::string_view kSm2KeyFile = "installation-sm2.key";
inline constexpr std::string_view kSm2PublicKeyFile = "installation-sm2.pub";

// The key in the data directory; a new one if the chain was never signed.
// kNotFound if it was and the key is gone: nobody makes a new one silently.
Result<SigningKey> InstallationKey(const Session& session, Store& store);
// The key that signs evidence as SM2 has it; a new one if there never was one, which the
// chain then tells of. kNotFound if only its public half is left.
Result<SigningKey> Sm2Key(const Session& session, Store& store);
// Puts the key aside, if there is one, and makes another. An SM2 key is put aside too;
// the next Sm2Key makes another.
Result<SigningKey> ReplaceKey(const Session& session);

// "installation.pub" and the like: of this installation, those put aside too.
bool IsPublicKeyName(std::string_view name);
// The public keys that stand in the directory.
Result<std::vector<PublicKey>> PublicKeysIn(const std::string& directory);
// And the files named.
Result<std::vector<PublicKey>> PublicKeysOf(const std::string& directory,
                                            const std::vector<std::string>& files);

// Whom timestamps are believed from; nullopt if no authority is configured.
Result<std::optional<TimestampTrust>> TrustOf(const Config& config);

// Signs the chain, and has it timestamped if an authority is configured. An
// authority that does not answer, or lies, is on record afterwards and told of,
// and stops nothing: while it is waited for, `turn` is called again and again, which may
// write to the store. Empty: nothing else is done meanwhile.
Result<Checkpoint> SealChain(const Session& session, Store& store, const Config& config,
                             const SigningKey& key, const std::function<void()>& turn = {});

// Whether all that can be checked was, nothing is wrong, and the chain is signed.
bool IsProven(const StoreReport& report);
// When the store was last checked from end to end, and with what outcome; beside the
// store, since a check does not touch it.
struct Verified {
  Millis time = 0;
  bool whole = false;
};
Status NoteVerified(const Session& session, const StoreReport& report);
// Nothing if it never was, or nobody can read the note.
std::optional<Verified> LastVerified(const std::string& data_dir);

// Exit code of a check: 1 what does not hold, 3 what could not be proven.
int CodeOf(const StoreReport& report);

}  // namespace xuncha

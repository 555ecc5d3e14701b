// SPDX-License-Identifier: Apache-2.0
#include "reports/zip_writer.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <system_error>

#include "base/system_code.h"
#include "reports/gzip.h"
#include "reports/warc_text.h"

namespace xuncha {
namespace {

constexpr uint32_t kLocal = 0x04034b50, kCentral = 0x02014b50, kEnd = 0x06054b50,
                   kEnd64 = 0x06064b50, kLocator64 = 0x07064b50;
constexpr uint16_t kUtf8Names = 1 << 11;
constexpr uint32_t kSee64 = 0xffffffff;
constexpr uint16_t kExtra64 = 1;

class Little {
 public:
  Little& U16(uint64_t value) { return Number(value, 2); }
  Little& U32(uint64_t value) { return Number(value, 4); }
  Little& U64(uint64_t value) { return Number(value, 8); }
  Little& Text(std::string_view text) {
    bytes_ += text;
    return *this;
  }
  const std::string& bytes() const { return bytes_; }

 private:
  Little& Number(uint64_t value, int count) {
    for (int i = 0; i < count; ++i, value >>= 8) bytes_ += static_cast<char>(value & 0xff);
    return *this;
  }
  std::string bytes_;
};

// MS-DOS date and time of `time` in UTC, in two-second steps, from 1980.
uint32_t Stamp(Millis time) {
  const std::string text = CdxTime(time);  // yyyymmddhhmmss
  const auto number = [&text](size_t at, size_t count) {
    return static_cast<uint32_t>(std::stoul(text.substr(at, count)));
  };
  const uint32_t year = number(0, 4);
  if (year < 1980 || year > 2107) return 0x00210000;
  return ((year - 1980) << 25) | (number(4, 2) << 21) | (number(6, 2) << 16) |
         (number(8, 2) << 11) | (number(10, 2) << 5) | (number(12, 2) / 2);
}

}  // namespace

ZipWriter::ZipWriter(const std::string& path, Millis time)
    : path_(path), temporary_(path + ".part"), stamp_(Stamp(time)) {
  const int descriptor = ::open(temporary_.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (descriptor >= 0) file_ = ::fdopen(descriptor, "w+b");
}

ZipWriter::~ZipWriter() {
  if (file_ == nullptr) return;
  std::fclose(file_);
  std::error_code ignored;
  std::filesystem::remove(temporary_, ignored);
}

Status ZipWriter::Failed() {
  const std::string why = SystemText(errno);
  if (file_ != nullptr) std::fclose(file_);
  file_ = nullptr;
  std::error_code ignored;
  std::filesystem::remove(temporary_, ignored);
  return Error{Code::kSystem, fmt::format("{}：写不进去（{}）；检查文件夹与剩余空间", path_, why)};
}

Status ZipWriter::Put(std::string_view bytes) {
  if (file_ == nullptr) return Failed();
  if (!bytes.empty() && std::fwrite(bytes.data(), 1, bytes.size(), file_) != bytes.size())
    return Failed();
  at_ += bytes.size();
  return Ok();
}

// The local header always has room for 64 bits: how long a member gets is not known yet.
Status ZipWriter::Begin(std::string_view name) {
  CHECK(!open_);
  entries_.push_back({.offset = at_});
  files_.push_back({.path = std::string(name)});
  open_ = true;
  Little header;
  header.U32(kLocal).U16(45).U16(kUtf8Names).U16(0).U32(stamp_).U32(0).U32(kSee64).U32(kSee64);
  header.U16(name.size()).U16(20).Text(name).U16(kExtra64).U16(16).U64(0).U64(0);
  return Put(header.bytes());
}

Status ZipWriter::Add(std::string_view bytes) {
  CHECK(open_);
  hash_.Add(bytes);
  sm3_.Add(bytes);
  entries_.back().crc = Crc32(entries_.back().crc, bytes);
  files_.back().bytes += bytes.size();
  return Put(bytes);
}

Status ZipWriter::End() {
  CHECK(open_);
  open_ = false;
  WaczFile& file = files_.back();
  const Entry& entry = entries_.back();
  file.digest = hash_.Finish();
  file.sm3 = sm3_.Finish();
  const auto put_at = [this](uint64_t offset, const std::string& bytes) {
    return ::fseeko(file_, static_cast<off_t>(offset), SEEK_SET) == 0 &&
           std::fwrite(bytes.data(), 1, bytes.size(), file_) == bytes.size();
  };
  if (file_ == nullptr || !put_at(entry.offset + 14, Little().U32(entry.crc).bytes()) ||
      !put_at(entry.offset + 30 + file.path.size() + 4,
              Little().U64(file.bytes).U64(file.bytes).bytes()) ||
      ::fseeko(file_, static_cast<off_t>(at_), SEEK_SET) != 0)
    return Failed();
  return Ok();
}

Result<uint64_t> ZipWriter::Finish() {
  CHECK(!open_);
  const uint64_t directory = at_;
  for (size_t i = 0; i < files_.size(); ++i) {
    const WaczFile& file = files_[i];
    const Entry& entry = entries_[i];
    const bool far = entry.offset >= kSee64;
    // In 64 bits here, too, though most would fit into 32: ReplayWeb.page takes a member
    // without an extra field here for one without an extra field there, and reads that
    // as the beginning of the content.
    Little extra;
    extra.U64(file.bytes).U64(file.bytes);
    if (far) extra.U64(entry.offset);
    const size_t size = extra.bytes().size();
    Little header;
    header.U32(kCentral).U16((3 << 8) | 45).U16(45).U16(kUtf8Names).U16(0).U32(stamp_);
    header.U32(entry.crc).U32(kSee64).U32(kSee64);
    header.U16(file.path.size()).U16(size + 4).U16(0).U16(0).U16(0);
    header.U32(0100644u << 16).U32(far ? kSee64 : entry.offset).Text(file.path);
    header.U16(kExtra64).U16(size).Text(extra.bytes());
    if (Status put = Put(header.bytes()); !put) return put.error();
  }
  const uint64_t size = at_ - directory, count = files_.size();
  Little end;
  if (count >= 0xffff || directory >= kSee64 || size >= kSee64) {
    end.U32(kEnd64).U64(44).U16((3 << 8) | 45).U16(45).U32(0).U32(0).U64(count).U64(count);
    end.U64(size).U64(directory).U32(kLocator64).U32(0).U64(at_).U32(1);
  }
  const uint64_t shown = std::min<uint64_t>(count, 0xffff);
  end.U32(kEnd).U16(0).U16(0).U16(shown).U16(shown);
  end.U32(std::min<uint64_t>(size, kSee64)).U32(std::min<uint64_t>(directory, kSee64)).U16(0);
  if (Status put = Put(end.bytes()); !put) return put.error();
  if (std::fflush(file_) != 0 || ::fsync(::fileno(file_)) != 0) return Failed().error();
  if (std::fclose(std::exchange(file_, nullptr)) != 0) return Failed().error();
  if (std::rename(temporary_.c_str(), path_.c_str()) != 0) return Failed().error();
  return at_;
}

std::string SmallZip(const std::vector<SmallFile>& files, Millis time) {
  constexpr uint16_t kVersion = 20;
  const uint32_t stamp = Stamp(time);
  Little zip, directory;
  for (const SmallFile& file : files) {
    const uint32_t crc = Crc32(0, file.bytes);
    const size_t offset = zip.bytes().size();
    // What a member's two headers have in common.
    const auto common = [&](Little& header) {
      header.U16(kVersion).U16(0).U16(0).U32(stamp).U32(crc).U32(file.bytes.size());
      header.U32(file.bytes.size()).U16(file.name.size()).U16(0);
    };
    zip.U32(kLocal);
    common(zip);
    zip.Text(file.name).Text(file.bytes);
    directory.U32(kCentral).U16(kVersion);
    common(directory);
    directory.U16(0).U16(0).U16(0).U32(0).U32(offset).Text(file.name);
  }
  const size_t offset = zip.bytes().size(), size = directory.bytes().size();
  CHECK(offset + size < kSee64 && files.size() < 0xffff);
  zip.Text(directory.bytes()).U32(kEnd).U16(0).U16(0).U16(files.size()).U16(files.size());
  return zip.U32(size).U32(offset).U16(0).bytes();
}

}  // namespace xuncha

// The bodies of EncodeRecord and DecodeRecord (records.h), for the files that describe
// records. Such a file describes each of its records in the one function of wire.h and
// says XUNCHA_RECORD(Name) at its end; it does nothing else, for with this header it
// cannot read the records of another file.
//
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "store/records.h"
#include "store/wire.h"

namespace xuncha {

template <class Record>
std::string EncodeRecord(const Record& record) {
  WireWriter writer;
  Describe(writer, record);
  return writer.Take();
}

template <class Record>
Result<Record> DecodeRecord(std::string_view payload) {
  Record record;
  WireReader reader(payload);
  Describe(reader, record);
  if (Status status = reader.status(); !status) return status.error();
  return record;
}

}  // namespace xuncha

#define XUNCHA_RECORD(Record)                       \
  template std::string EncodeRecord(const Record&); \
  template Result<Record> DecodeRecord<Record>(std::string_view)

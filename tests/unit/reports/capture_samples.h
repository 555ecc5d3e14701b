// Captures to write archives from. Invented pages.
//
// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdlib>
#include <string>
#include <vector>

#include "base/record.h"
#include "reports/wacz.h"
#include "reports/warc.h"

namespace xuncha {

inline constexpr Millis kSampleTime = 1'767'225'600'123;

struct Sample {
  Exchange exchange;
  std::string body;
  std::string certificates;
  std::string names;
};

inline Sample MakeSample(std::string url, std::string head, std::string body, Millis after = 0) {
  Sample sample;
  sample.exchange.url = url;
  sample.exchange.started = kSampleTime + after;
  sample.exchange.request = "GET / HTTP/1.1\r\nHost: www.example.edu.cn\r\nAccept: */*\r\n\r\n";
  sample.exchange.headers = std::move(head);
  sample.exchange.remote_address = "192.0.2.7:443";
  sample.exchange.local_address = "192.0.2.1:40000";
  sample.exchange.addresses = {"192.0.2.7"};
  sample.exchange.wire_bytes = body.size();
  sample.body = std::move(body);
  return sample;
}

inline std::vector<Sample> Samples() {
  std::vector<Sample> samples;
  samples.push_back(MakeSample("https://www.example.edu.cn/",
                               "HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\n"
                               "Transfer-Encoding: chunked\r\nContent-Encoding: gzip\r\n\r\n",
                               "<title>首页</title><p>学院简介</p>"));
  samples[0].exchange.coding = "gzip";
  samples[0].exchange.coded = Sha256("what came over the wire");
  samples[0].exchange.tls = {
      .used = true, .version = "TLSv1.3", .cipher = "TLS_AES_128_GCM_SHA256"};
  samples[0].certificates = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
  samples[0].exchange.tls.chain = Sha256(samples[0].certificates);
  samples.push_back(MakeSample("https://www.example.edu.cn/copy.html?b=2&a=1",
                               "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n",
                               samples[0].body, 1000));
  samples.push_back(MakeSample("https://www.example.edu.cn/old",
                               "HTTP/1.1 302 Found\r\nLocation: /\r\nContent-Length: 5\r\n\r\n",
                               "moved", 2000));
  samples[2].names =
      "20251231235900\n; asked: 192.0.2.53\nwww.example.edu.cn. 300 IN A 192.0.2.7\n";
  samples[2].exchange.names.digest = Sha256(samples[2].names);
  samples.push_back(
      MakeSample("http://[2001:db8::1]:8080/", "HTTP/1.0 404 Gone\r\n\r\n", "none", 3000));
  return samples;
}

inline Capture CaptureOf(const Sample& sample) {
  return {.exchange = &sample.exchange,
          .body = sample.body,
          .certificates = sample.certificates,
          .names = sample.names};
}

}  // namespace xuncha

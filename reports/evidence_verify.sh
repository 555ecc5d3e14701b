#!/bin/sh
# 核对证据包。在解压后的文件夹里运行：
#   sh evidence/verify.sh [公钥文件] [时间戳机构证书] [SM2 公钥文件]
# 公钥请用从出具单位另行取得的；不写则用包内的，那只能证明包内前后一致。中间一项没有的写 ''。
# 只需要 sh、openssl（3.0 以上）和 coreutils（sha256sum、cut、grep、find、sort）。
# 退出码：0 上述工具能核对的都符合；1 有不符；2 不能核对（缺工具，或读不到所给的文件）；
# 3 缺公钥或时间戳机构证书，不能认定
stop() { printf '不能核对：%s\n' "$1" >&2; exit 2; }
for tool in openssl sha256sum cut grep find sort sed head dirname cat od rm tr mktemp; do
  command -v "$tool" >/dev/null 2>&1 || stop "没有 $tool；装上它再核对"
done
here=$(pwd)
whole() { case $1 in '' | /*) printf '%s' "$1" ;; *) printf '%s/%s' "$here" "$1" ;; esac; }
given=$(whole "${1:-}")
ca=$(whole "${2:-}")
given_sm2=$(whole "${3:-}")
cd "$(dirname "$0")/.." || exit 2
[ -z "$given" ] || [ -r "$given" ] || stop "读不到公钥文件 $given"
[ -z "$ca" ] || [ -r "$ca" ] || stop "读不到时间戳机构证书 $ca"
[ -z "$given_sm2" ] || [ -r "$given_sm2" ] || stop "读不到 SM2 公钥文件 $given_sm2"
[ -z "$given" ] || openssl pkey -pubin -in "$given" -noout >/dev/null 2>&1 ||
  stop "$given 不是公钥文件"
key=${given:-evidence/installation.pub}
bad=0
ok() { printf '符合    %s\n' "$1"; }
no() { printf '不符    %s\n' "$1"; bad=1; }
skip() { printf '未核对  %s\n' "$1"; }

# 签名：ECDSA 与 Ed25519 用法不同。
signed() { # 公钥 签名 内容
  openssl dgst -sha256 -verify "$1" -signature "$2" "$3" >/dev/null 2>&1 ||
    openssl pkeyutl -verify -pubin -inkey "$1" -rawin -in "$3" -sigfile "$2" >/dev/null 2>&1
}

stranger=0
if [ -n "$given" ]; then
  if [ "$(openssl pkey -pubin -in "$given" -outform DER 2>/dev/null | sha256sum)" = \
    "$(openssl pkey -pubin -in evidence/installation.pub -outform DER 2>/dev/null | sha256sum)" ]; then
    ok '包内公钥与所给公钥相同'
  else
    # 往下用包内公钥核对，看包是否前后一致。
    printf '不符    %s\n' '包内公钥不是所给的公钥'
    stranger=1
    key=evidence/installation.pub
  fi
else
  skip '没有给出公钥：以下用包内公钥核对，只能证明包内前后一致，请另行取得公钥再核对'
fi

if signed "$key" evidence/manifest.sig evidence/manifest-sha256.txt; then
  ok '清单 manifest-sha256.txt 的签名'
else
  no '清单 manifest-sha256.txt 的签名'
fi

if sha256sum --quiet --strict -c evidence/manifest-sha256.txt; then
  ok '全部文件的 SHA-256'
else
  no '文件的 SHA-256'
fi

# 清单之外不应有文件；下列几个是清单本身及 WACZ 的目录。
left=$(find . -type f | sed 's|^\./||' | LC_ALL=C sort | while IFS= read -r name; do
  case $name in
    evidence/manifest-sha256.txt | evidence/manifest.sig | evidence/manifest.tsr | \
      datapackage.json | datapackage-digest.json) continue ;;
  esac
  cut -c67- evidence/manifest-sha256.txt | grep -Fqx -- "$name" || printf '%s\n' "$name"
done)
if [ -z "$left" ]; then ok '没有清单之外的文件'; else no "清单之外的文件：$left"; fi

if [ ! -f evidence/manifest-sm3.txt ]; then
  no '缺 evidence/manifest-sm3.txt'
elif printf '' | openssl dgst -sm3 >/dev/null 2>&1; then
  wrong=$(while IFS= read -r line; do
    want=$(printf '%s' "$line" | cut -c1-64)
    name=$(printf '%s' "$line" | cut -c67-)
    have=$(openssl dgst -sm3 -r "$name" 2>/dev/null | cut -c1-64)
    [ "$want" = "$have" ] || printf '%s\n' "$name"
  done <evidence/manifest-sm3.txt)
  if [ -z "$wrong" ]; then ok '全部文件的 SM3'; else no "文件的 SM3：$wrong"; fi
else
  skip '这个 openssl 没有 SM3'
fi

# 国密签名是另加的，在 SM3 清单上；签名者标识是 GB/T 35276 的默认值。
if [ -f evidence/manifest-sm3.sig ] || [ -f evidence/installation-sm2.pub ]; then
  if ! openssl ecparam -name SM2 -noout >/dev/null 2>&1; then
    skip '这个 openssl 没有 SM2'
  elif openssl pkeyutl -verify -pubin -inkey evidence/installation-sm2.pub -rawin -digest sm3 \
    -pkeyopt distid:1234567812345678 -in evidence/manifest-sm3.txt \
    -sigfile evidence/manifest-sm3.sig >/dev/null 2>&1; then
    ok 'SM3 清单 manifest-sm3.txt 的 SM2 签名'
  else
    no 'SM3 清单 manifest-sm3.txt 的 SM2 签名'
  fi
  if [ -n "$given_sm2" ]; then
    if [ "$(openssl pkey -pubin -in "$given_sm2" -outform DER 2>/dev/null | sha256sum)" = \
      "$(openssl pkey -pubin -in evidence/installation-sm2.pub -outform DER 2>/dev/null | sha256sum)" ]; then
      ok '包内 SM2 公钥与所给的相同'
    else
      printf '不符    %s\n' '包内 SM2 公钥不是所给的'
      stranger=1
    fi
  fi
elif [ -n "$given_sm2" ]; then
  skip '这个证据包没有 SM2 签名'
fi

want=$(grep -o '"hash":"sha256:[0-9a-f]*"' datapackage-digest.json | head -n 1 | cut -c16-79)
if [ "$want" = "$(sha256sum <datapackage.json | cut -c1-64)" ]; then
  ok 'WACZ 目录 datapackage.json'
else
  no 'WACZ 目录 datapackage.json'
fi
# 清单不能列出自己和后来的签名、时间戳；它们列在 WACZ 目录里。
for name in evidence/manifest-sha256.txt evidence/manifest.sig evidence/manifest.tsr; do
  [ -f "$name" ] || continue
  grep -q "\"path\":\"$name\",\"hash\":\"sha256:$(sha256sum <"$name" | cut -c1-64)\"" datapackage.json ||
    no "WACZ 目录与 $name"
done

# WACZ 自带的签名（wacz-auth）：两个数首尾相接，换成 openssl 认的写法再核对。
field() { grep -o "\"$1\":\"[^\"]*\"" "$2" | head -n 1 | cut -d '"' -f 4; }
digest=datapackage-digest.json
if grep -q '"signedData"' $digest; then
  plain=$(field signature $digest)
  own=$(openssl pkey -pubin -in evidence/installation.pub -outform DER 2>/dev/null | openssl base64 -A)
  hex=$(printf '%s' "$plain" | openssl base64 -d -A 2>/dev/null | od -An -v -tx1 | tr -d ' \n')
  work=$(mktemp) || stop '没有地方放临时文件'
  printf 'asn1=SEQUENCE:s\n[s]\nr=INTEGER:0x%s\ns=INTEGER:0x%s\n' \
    "$(printf '%s' "$hex" | cut -c1-96)" "$(printf '%s' "$hex" | cut -c97-192)" >"$work"
  openssl asn1parse -genconf "$work" -noout -out "$work.sig" >/dev/null 2>&1
  # 整个文件只能是这样写的。
  [ "$(cat $digest)" = "$(printf '{"path":"datapackage.json","hash":"sha256:%s","signedData":{"hash":"sha256:%s","created":"%s","software":"%s","version":"0.1.0","signature":"%s","publicKey":"%s"}}' \
    "$want" "$want" "$(field created datapackage.json)" "$(field software datapackage.json)" \
    "$plain" "$own")" ] && printf 'sha256:%s' "$want" |
    openssl dgst -sha256 -verify evidence/installation.pub -signature "$work.sig" >/dev/null 2>&1
  if [ $? = 0 ]; then ok 'WACZ 自带的签名'; else no 'WACZ 自带的签名'; fi
  rm -f "$work" "$work.sig"
elif openssl pkey -pubin -in evidence/installation.pub -noout -text 2>/dev/null | grep -q secp384r1; then
  no '缺 WACZ 自带的签名'
fi

if signed "$key" evidence/custody/checkpoint.sig evidence/custody/checkpoint.txt; then
  ok '审计链检查点的签名'
else
  no '审计链检查点的签名'
fi

stamp() { # 名称 时间戳 内容
  [ -f "$2" ] || return 0
  if [ -z "$ca" ]; then
    skip "$1：没有给出时间戳机构的证书"
  elif openssl ts -verify -data "$3" -in "$2" -CAfile "$ca" >/dev/null 2>&1; then
    ok "$1：$(openssl ts -reply -in "$2" -text 2>/dev/null | grep 'Time stamp:')"
  else
    no "$1"
  fi
}
[ -f evidence/manifest.tsr ] || skip '清单没有时间戳：签署的时间只由出具单位的时钟说明'
stamp '清单的时间戳' evidence/manifest.tsr evidence/manifest-sha256.txt
stamp '审计链检查点的时间戳' evidence/custody/checkpoint.tsr evidence/custody/checkpoint.txt

skip '保管链各条目的证明与每条网页记录：用 xuncha evidence verify 核对'
if [ $bad = 1 ]; then
  echo '结论：有不符之处，这个证据包不完整或被改动过。'
  exit 1
fi
if [ $stranger = 1 ]; then
  echo '结论：包内前后一致，但由别的密钥签署；出具单位换过密钥时，请取得当时的公钥再核对。'
  exit 1
fi
if [ -n "$given" ]; then
  echo '结论：可以用 openssl 和 sha256sum 核对的都符合。'
  [ -f evidence/manifest.tsr ] && [ -z "$ca" ] && exit 3
  exit 0
fi
echo '结论：包内前后一致；还须用另行取得的公钥核对。'
exit 3

// What an errno says, in Chinese: see system_code.h.
//
// SPDX-License-Identifier: Apache-2.0
#include "base/system_code.h"

#include <system_error>

namespace xuncha {

std::string SystemText(int number) {
  switch (number) {
    case ENOENT:
      return "没有这个文件或目录";
    case EACCES:
    case EPERM:
      return "没有权限";
    case EROFS:
      return "文件系统只读";
    case ENOSPC:
    case EDQUOT:
      return "磁盘空间不足";
    case EISDIR:
      return "是目录，不是文件";
    case ENOTDIR:
      return "路径中有一段不是目录";
    case EEXIST:
      return "已经存在";
    case ENAMETOOLONG:
      return "名称太长";
    case ELOOP:
      return "符号链接成环";
    case EMFILE:
    case ENFILE:
      return "打开的文件过多";
    case ENOMEM:
      return "内存不足";
    case EIO:
      return "读写出错";
    case EPIPE:
      return "对方已关闭";
    case EBUSY:
    case ETXTBSY:
      return "正在使用";
    case ENXIO:
      return "没有这个设备，或没有程序在读";
    case EADDRNOTAVAIL:
      return "本机没有这个地址";
    case EADDRINUSE:
      return "地址已被占用";
    case ECONNREFUSED:
      return "连接被拒绝";
    default:
      return std::error_code(number, std::generic_category()).message();
  }
}

}  // namespace xuncha

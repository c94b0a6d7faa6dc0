// SHA-256 by OpenSSL's libcrypto. Any thread.
#pragma once

#include <cstddef>
#include <span>
#include <string>

namespace hrn {

[[nodiscard]] std::string sha256_hex(std::span<const std::byte> bytes);  // 64 lower-case digits

}  // namespace hrn

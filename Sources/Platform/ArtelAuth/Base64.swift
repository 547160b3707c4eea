/// Base 64 without padding (RFC 4648), in the alphabet for addresses or in the standard one.
enum Base64 {
  /// Section 5: `-` and `_`; for tokens.
  case url
  /// Section 4: `+` and `/`; for PHC strings.
  case standard

  func encode(_ bytes: some Collection<UInt8>) -> String {
    let length = (bytes.count * 4 + 2) / 3
    return String(unsafeUninitializedCapacity: length) { output in
      var pending: UInt32 = 0
      var bits = 0
      var index = 0
      for byte in bytes {
        pending = pending << 8 | UInt32(byte)
        bits += 8
        while bits >= 6 {
          bits -= 6
          output[index] = character(UInt8(truncatingIfNeeded: pending >> UInt32(bits)) & 63)
          index += 1
        }
      }
      if bits > 0 {
        output[index] = character(UInt8(truncatingIfNeeded: pending << UInt32(6 - bits)) & 63)
        index += 1
      }
      return index
    }
  }

  /// The bytes, or nil unless `text` is exactly what ``encode(_:)`` makes of them.
  func decode(_ text: some StringProtocol) -> [UInt8]? {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(text.utf8.count * 3 / 4)
    var pending: UInt32 = 0
    var bits = 0
    for letter in text.utf8 {
      guard let value = value(of: letter) else { return nil }
      pending = pending << 6 | UInt32(value)
      bits += 6
      if bits >= 8 {
        bits -= 8
        bytes.append(UInt8(truncatingIfNeeded: pending >> UInt32(bits)))
        pending &= (1 << UInt32(bits)) - 1
      }
    }
    // Left-over bits that are not zero would give one secret two spellings.
    guard bits < 6, pending == 0 else { return nil }
    return bytes
  }

  private func character(_ value: UInt8) -> UInt8 {
    switch value {
    case 0..<26: value + UInt8(ascii: "A")
    case 26..<52: value - 26 + UInt8(ascii: "a")
    case 52..<62: value - 52 + UInt8(ascii: "0")
    case 62: self == .url ? UInt8(ascii: "-") : UInt8(ascii: "+")
    default: self == .url ? UInt8(ascii: "_") : UInt8(ascii: "/")
    }
  }

  private func value(of letter: UInt8) -> UInt8? {
    switch letter {
    case UInt8(ascii: "A")...UInt8(ascii: "Z"): letter - UInt8(ascii: "A")
    case UInt8(ascii: "a")...UInt8(ascii: "z"): letter - UInt8(ascii: "a") + 26
    case UInt8(ascii: "0")...UInt8(ascii: "9"): letter - UInt8(ascii: "0") + 52
    case UInt8(ascii: "-") where self == .url, UInt8(ascii: "+") where self == .standard: 62
    case UInt8(ascii: "_") where self == .url, UInt8(ascii: "/") where self == .standard: 63
    default: nil
    }
  }
}

import Glibc

/// An address that a connection goes to, without its port.
public struct NetworkAddress: Hashable, Sendable {
  /// 4 bytes of IPv4 or 16 of IPv6, most significant first.
  let bytes: [UInt8]

  /// Reads an address as people write it, such as `192.0.2.1` or `2001:db8::1`; nil for anything else.
  public init?(_ text: String) {
    var four = in_addr()
    var sixteen = in6_addr()
    if inet_pton(AF_INET, text, &four) == 1 {
      bytes = withUnsafeBytes(of: four) { Array($0) }
    } else if inet_pton(AF_INET6, text, &sixteen) == 1 {
      bytes = withUnsafeBytes(of: sixteen) { Array($0) }
    } else {
      return nil
    }
  }

  /// Takes the address of a socket; nil for families other than IPv4 and IPv6.
  init?(_ address: UnsafeRawPointer, family: Int32) {
    switch family {
    case AF_INET:
      let four = address.loadUnaligned(as: sockaddr_in.self).sin_addr
      bytes = withUnsafeBytes(of: four) { Array($0) }
    case AF_INET6:
      let sixteen = address.loadUnaligned(as: sockaddr_in6.self).sin6_addr
      bytes = withUnsafeBytes(of: sixteen) { Array($0) }
    default: return nil
    }
  }

  /// Whether anybody may be there: neither this machine nor its network, no group, nothing that is
  /// reserved or stands for another address.
  ///
  /// Of IPv6 only what was given out to the public, without what carries IPv4 addresses within.
  ///
  /// Source: IANA IPv4 and IPv6 Special-Purpose Address Registries, RFC 6890.
  public var isPublic: Bool {
    let ranges = bytes.count == 4 ? Self.reservedFour : Self.reservedSixteen
    guard bytes.count == 4 || bytes[0] & 0xE0 == 0x20 else { return false }
    return !ranges.contains { isWithin($0.prefix, bits: $0.bits) }
  }

  private static let reservedFour: [(prefix: [UInt8], bits: Int)] = [
    ([0], 8), ([10], 8), ([100, 64], 10), ([127], 8), ([169, 254], 16), ([172, 16], 12),
    ([192, 0, 0], 24), ([192, 0, 2], 24), ([192, 88, 99], 24), ([192, 168], 16), ([198, 18], 15),
    ([198, 51, 100], 24), ([203, 0, 113], 24), ([224], 4), ([240], 4),
  ]

  private static let reservedSixteen: [(prefix: [UInt8], bits: Int)] = [
    // Teredo, benchmarks, ORCHID and the like; examples; 6to4; examples again.
    ([0x20, 0x01, 0x00], 23), ([0x20, 0x01, 0x0D, 0xB8], 32), ([0x20, 0x02], 16),
    ([0x3F, 0xFF, 0x00], 20),
  ]

  private func isWithin(_ prefix: [UInt8], bits: Int) -> Bool {
    let whole = bits / 8
    guard bytes.prefix(whole).elementsEqual(prefix.prefix(whole)) else { return false }
    guard bits % 8 > 0 else { return true }
    let mask = UInt8(truncatingIfNeeded: 0xFF00 >> (bits % 8))
    return bytes[whole] & mask == prefix[whole] & mask
  }
}

import Glibc

/// A range of IP addresses, such as `10.0.0.0/8`, `::1` or `192.0.2.7`.
public struct AddressRange: Sendable, Equatable, LosslessStringConvertible {
  private let bytes: [UInt8]
  private let prefixBits: Int

  /// Reads an address with or without the number of bits that count; nil for anything else.
  public init?(_ text: String) {
    let parts = text.split(separator: "/", omittingEmptySubsequences: false)
    guard let bytes = Self.bytes(of: parts[0]), parts.count <= 2 else { return nil }
    let bits = parts.count == 2 ? Int(parts[1]) : bytes.count * 8
    guard let bits, (0...bytes.count * 8).contains(bits) else { return nil }
    self.bytes = bytes
    prefixBits = bits
  }

  /// The address and the number of bits that count.
  public var description: String { "\(Self.text(of: bytes))/\(prefixBits)" }

  /// Whether an address lies in the range.
  public func contains(_ address: some StringProtocol) -> Bool {
    guard let other = Self.bytes(of: address), other.count == bytes.count else { return false }
    for bit in 0..<prefixBits {
      let difference = bytes[bit / 8] ^ other[bit / 8]
      guard difference & (0x80 >> UInt8(bit % 8)) == 0 else { return false }
    }
    return true
  }

  /// The address a request came from: the last one in front of the trusted proxies.
  ///
  /// Every proxy appends the address it was called from, so what stands further left is the
  /// caller's word.
  static func clientAddress(
    connection: String?,
    forwardedFor: String?,
    trusted: [AddressRange]
  ) -> String? {
    guard let connection else { return nil }
    var client = connection
    var hops = forwardedFor?.split(separator: ",") ?? []
    while trusted.contains(where: { $0.contains(client) }), let hop = hops.popLast() {
      let address = hop.trimmingSpaces()
      guard bytes(of: address) != nil else { break }
      client = String(address)
    }
    return client
  }

  /// An IPv4 address as it is; the network of 64 bits of an IPv6 address.
  static func network(of address: String) -> String {
    guard let bytes = bytes(of: address), bytes.count == 16 else { return address }
    return text(of: bytes.prefix(8) + [UInt8](repeating: 0, count: 8)) + "/64"
  }

  /// Four or sixteen bytes; an IPv4 address in IPv6 form counts as IPv4.
  private static func bytes(of text: some StringProtocol) -> [UInt8]? {
    let text = String(text)
    var four = in_addr()
    if inet_pton(AF_INET, text, &four) == 1 {
      return withUnsafeBytes(of: four) { Array($0) }
    }
    var sixteen = in6_addr()
    guard inet_pton(AF_INET6, text, &sixteen) == 1 else { return nil }
    let bytes = withUnsafeBytes(of: sixteen) { Array($0) }
    let isMapped = bytes.prefix(12) == [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF]
    return isMapped ? Array(bytes.suffix(4)) : bytes
  }

  private static func text(of bytes: [UInt8]) -> String {
    var text = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
    let family = bytes.count == 4 ? AF_INET : AF_INET6
    guard inet_ntop(family, bytes, &text, socklen_t(text.count)) != nil else { return "" }
    return String(decoding: text.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
  }
}

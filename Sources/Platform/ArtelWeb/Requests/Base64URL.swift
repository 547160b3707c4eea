/// Base64 with the alphabet that needs no escaping in addresses, without padding.
///
/// Source: RFC 4648, 5.
enum Base64URL {
  private static let alphabet = Array(
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8
  )

  static func encode(_ bytes: some Sequence<UInt8>) -> String {
    var text: [UInt8] = []
    var pending: UInt32 = 0
    var pendingBits = 0
    for byte in bytes {
      pending = pending << 8 | UInt32(byte)
      pendingBits += 8
      while pendingBits >= 6 {
        pendingBits -= 6
        text.append(alphabet[Int(pending >> UInt32(pendingBits) & 63)])
      }
    }
    if pendingBits > 0 {
      text.append(alphabet[Int(pending << UInt32(6 - pendingBits) & 63)])
    }
    return String(decoding: text, as: UTF8.self)
  }
}

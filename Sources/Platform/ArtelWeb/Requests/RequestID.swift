import Synchronization

/// Makes and checks the ids that tie a request to its log lines and error pages.
struct RequestID {
  /// An id the caller sent, if it is 8 to 64 letters, digits, `-`, `_` or `.`.
  ///
  /// Anything else could forge log lines or bloat them.
  static func accepted(_ text: String) -> String? {
    let utf8 = text.utf8
    guard (8...64).contains(utf8.count) else { return nil }
    return utf8.allSatisfy(isAllowed) ? text : nil
  }

  private static func isAllowed(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"),
      UInt8(ascii: "."):
      true
    default: false
    }
  }
}

/// Numbers requests: a random start per process, then counted.
///
/// Counting instead of drawing 64 bits for each request saves a system call; ids need to be
/// distinct, not secret.
final class RequestIDSource: Sendable {
  private let next: Atomic<UInt64>

  init() {
    next = Atomic(UInt64.random(in: 0...UInt64.max))
  }

  /// Twelve letters and digits.
  func make() -> String {
    let (_, number) = next.wrappingAdd(0x9E37_79B9_7F4A_7C15, ordering: .relaxed)
    var rest = number >> 4
    return String(unsafeUninitializedCapacity: 12) { buffer in
      for index in 0..<12 {
        buffer[index] = alphabet[Int(rest & 31)]
        rest >>= 5
      }
      return 12
    }
  }

  private let alphabet = Array("0123456789abcdefghjkmnpqrstvwxyz".utf8)
}

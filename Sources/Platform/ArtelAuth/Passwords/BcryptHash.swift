import CCrypt
import Glibc

/// A bcrypt hash that another system made, such as `$2b$10$…`; only to check passwords against.
///
/// Source: OpenBSD's bcrypt; crypt(5) and crypt_rn(3) of libxcrypt.
struct BcryptHash: Hashable, Sendable {
  /// The binary logarithms of the rounds that are taken.
  ///
  /// A run doubles with each: 10 takes some 50 ms, 15 two seconds. More would let a planted hash hold
  /// up everybody who signs in.
  static let costs = 4...15

  /// What bcrypt reads of a password; the rest makes no difference.
  private static let readBytes = 72
  private static let letters = Set(
    "./ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789".utf8
  )

  /// The binary logarithm of the rounds.
  let cost: Int
  /// 22 letters of salt and 31 of the tag.
  private let rest: String

  /// Reads `$2a$`, `$2b$` or `$2y$`, the cost in two digits and 53 letters; nil for anything else.
  init?(_ text: String) {
    let fields = text.split(separator: "$", omittingEmptySubsequences: false)
    guard fields.count == 4, fields[0].isEmpty, ["2a", "2b", "2y"].contains(fields[1]),
      fields[2].utf8.count == 2, fields[2].utf8.allSatisfy({ 0x30...0x39 ~= $0 }),
      let cost = Int(fields[2]), Self.costs ~= cost,
      fields[3].utf8.count == 53, fields[3].utf8.allSatisfy(Self.letters.contains)
    else { return nil }
    self.cost = cost
    rest = String(fields[3])
  }

  /// A hash that no password is known for.
  static func nobody(cost: Int) -> BcryptHash? {
    BcryptHash("$2b$\(cost < 10 ? "0" : "")\(cost)$\(String(repeating: ".", count: 53))")
  }

  /// Whether `password` has this hash; compares in constant time.
  ///
  /// Blocks for the whole run. A password with a zero byte never matches, and costs the same.
  ///
  /// - Throws: ``PasswordError/refused(code:)``.
  func matches(_ password: String) throws -> Bool {
    // All makers mean the same by their prefixes; libxcrypt alone has an odd fence for `$2a$`.
    let setting = "$2b$\(cost < 10 ? "0" : "")\(cost)$\(rest)"
    let hasZero = password.utf8.contains(0)
    var phrase = hasZero ? [] : Array(password.utf8.prefix(Self.readBytes))
    phrase.append(0)
    defer { phrase.withUnsafeMutableBytes { wipe($0) } }
    let sizeBytes = MemoryLayout<crypt_data>.size
    let area = UnsafeMutableRawPointer.allocate(byteCount: sizeBytes, alignment: 16)
    memset(area, 0, sizeBytes)
    defer {
      wipe(UnsafeMutableRawBufferPointer(start: area, count: sizeBytes))
      area.deallocate()
    }
    let output = phrase.withUnsafeBytes { phrase in
      crypt_rn(phrase.bindMemory(to: CChar.self).baseAddress, setting, area, Int32(sizeBytes))
    }
    guard let output else { throw PasswordError.refused(code: Int(errno)) }
    // The tags alone: the last letter of the salt has bits that mean nothing, and libxcrypt clears them.
    let made = String(cString: output).utf8.suffix(31)
    let difference = zip(made, rest.utf8.suffix(31)).reduce(UInt8(0)) { $0 | $1.0 ^ $1.1 }
    return made.count == 31 && difference == 0 && !hasZero
  }
}

/// Forgets what a password was made of; the compiler does not leave it out.
private func wipe(_ bytes: UnsafeMutableRawBufferPointer) {
  if let start = bytes.baseAddress { explicit_bzero(start, bytes.count) }
}

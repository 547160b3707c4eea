/// The parts of an argon2id PHC string.
struct PasswordHash: Hashable, Sendable {
  static let saltBytes = 16
  static let tagBytes = 32

  let cost: PasswordCost
  let salt: [UInt8]
  let tag: [UInt8]

  init(cost: PasswordCost, salt: [UInt8], tag: [UInt8]) {
    self.cost = cost
    self.salt = salt
    self.tag = tag
  }

  /// Reads `$argon2id$v=19$m=19456,t=2,p=1$salt$tag`; nil for anything else.
  init?(_ text: String) {
    let fields = text.split(separator: "$", omittingEmptySubsequences: false)
    guard fields.count == 6, fields[0].isEmpty, fields[1] == "argon2id", fields[2] == "v=19",
      let cost = Self.cost(fields[3]),
      let salt = Base64.standard.decode(fields[4]), 8...64 ~= salt.count,
      let tag = Base64.standard.decode(fields[5]), 16...64 ~= tag.count
    else { return nil }
    self.init(cost: cost, salt: salt, tag: tag)
  }

  /// The PHC string.
  var text: String {
    let parameters = "m=\(cost.kibibytes),t=\(cost.iterations),p=\(cost.lanes)"
    let (salt, tag) = (Base64.standard.encode(salt), Base64.standard.encode(tag))
    return "$argon2id$v=19$\(parameters)$\(salt)$\(tag)"
  }

  private static func cost(_ text: Substring) -> PasswordCost? {
    let parameters = text.split(separator: ",", omittingEmptySubsequences: false)
    func number(_ index: Int, _ name: String, in range: ClosedRange<Int>) -> Int? {
      guard parameters[index].hasPrefix(name), let value = Int(parameters[index].dropFirst(2)),
        range ~= value
      else { return nil }
      return value
    }
    // The ceilings keep a planted or imported hash from taking the machine's memory.
    guard parameters.count == 3,
      let iterations = number(1, "t=", in: 1...64),
      let lanes = number(2, "p=", in: 1...16),
      let kibibytes = number(0, "m=", in: 8 * lanes...1 << 20)
    else { return nil }
    return PasswordCost(kibibytes: kibibytes, iterations: iterations, lanes: lanes)
  }
}

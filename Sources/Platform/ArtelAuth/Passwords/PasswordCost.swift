/// What one run of argon2id costs.
public struct PasswordCost: Hashable, Sendable {
  /// Memory in KiB; at least 8 for each lane.
  public let kibibytes: Int

  /// Passes over the memory, `t`; at least 1.
  public let iterations: Int

  /// Lanes, `p`; all run on one thread after another.
  public let lanes: Int

  /// Makes a cost out of argon2's three parameters.
  public init(kibibytes: Int, iterations: Int, lanes: Int = 1) {
    precondition(lanes >= 1 && lanes <= 16 && iterations >= 1 && iterations <= 64)
    precondition(kibibytes >= 8 * lanes && kibibytes <= 1 << 20)
    self.kibibytes = kibibytes
    self.iterations = iterations
    self.lanes = lanes
  }

  /// 19 MiB, 2 passes, 1 lane.
  ///
  /// Source: OWASP Password Storage Cheat Sheet, argon2id.
  public static let standard = PasswordCost(kibibytes: 19 * 1024, iterations: 2)
}

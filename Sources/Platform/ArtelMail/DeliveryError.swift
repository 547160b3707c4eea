/// Why a mail or a text message was not delivered.
///
/// Neither description holds addresses, texts or what the other side said: both may be stored and
/// shown to operators.
public struct DeliveryError: Error, Sendable, Equatable {
  /// What kind of failure it is; open to growth.
  public struct Code: Sendable, Hashable {
    let name: String

    /// An address or a header that cannot be sent as it is.
    public static let malformed = Code(name: "malformed")
    /// The other side cannot be reached: no such host, nobody listens, the connection broke off.
    public static let unreachable = Code(name: "unreachable")
    /// The other side took longer than the limit.
    public static let tooSlow = Code(name: "too_slow")
    /// No encrypted connection came about: no STARTTLS, or a certificate nobody vouches for.
    public static let insecure = Code(name: "insecure")
    /// Name and password, or the token, were not accepted.
    public static let signInRefused = Code(name: "sign_in_refused")
    /// The other side does not want it now.
    public static let postponed = Code(name: "postponed")
    /// The other side does not want it at all.
    public static let refused = Code(name: "refused")
    /// The answer makes no sense.
    public static let nonsense = Code(name: "nonsense")
  }

  /// What kind of failure it is.
  public let code: Code
  private let reason: String

  init(_ code: Code, _ reason: String) {
    self.code = code
    self.reason = reason
  }

  /// Whether trying again cannot help.
  public var isFinal: Bool { code == .refused || code == .malformed }
}

extension DeliveryError: CustomStringConvertible {
  /// A sentence without a subject, safe to show to operators.
  public var description: String { reason }
}

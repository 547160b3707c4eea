public import FoundationEssentials

/// How lately, and by what, a member must have proved who they are before an act of consequence.
///
/// A browser may have been left open, or its cookie taken; neither knows a password or has a device.
/// Source: OWASP ASVS 4.0.3, 3.3.2 and 4.3.3.
public struct ProofRule: Sendable {
  /// How old the proof may be; default 12 hours.
  public var lifetime: Duration

  /// Whether a code or a passkey must have been shown; default no.
  public var needsSecondFactor: Bool

  /// Makes a rule.
  public init(lifetime: Duration = .seconds(12 * 3600), needsSecondFactor: Bool = false) {
    self.lifetime = lifetime
    self.needsSecondFactor = needsSecondFactor
  }

  /// Lets those through who proved it lately; pages lead the others to the proof and back.
  ///
  /// - Throws: ``Problem`` of kind `fresh_sign_in_needed` or `second_factor_needed`.
  public func check(_ principal: Principal, at now: Date) throws {
    let oldest = now - TimeInterval(lifetime.components.seconds)
    guard let proof = principal.proof, proof.provedAt > oldest else {
      throw Problem(.freshSignInNeeded)
    }
    guard needsSecondFactor else { return }
    guard let shownAt = proof.secondFactorAt, shownAt > oldest else {
      throw Problem(.secondFactorNeeded)
    }
  }
}

extension WebContext {
  /// The administrator who looks at a page of the panel in a browser, and proved lately who they are.
  ///
  /// Tokens are for programs, and say what was true up to ten minutes ago; a browser's session is
  /// looked up every few seconds.
  ///
  /// - Throws: ``Problem/notFound`` for everybody else, guests too: absent and forbidden look alike;
  ///   as ``ProofRule/check(_:at:)`` for an administrator whose proof does not do.
  @discardableResult
  public func administrator(_ rule: ProofRule, at now: Date) throws -> Principal {
    guard let principal, principal.isAdministrator, principal.source == .cookie else {
      throw Problem.notFound
    }
    try rule.check(principal, at: now)
    return principal
  }
}

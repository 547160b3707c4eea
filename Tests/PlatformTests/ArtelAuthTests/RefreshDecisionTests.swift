import ArtelAuth
import Foundation
import Testing

@Suite("A refresh decision")
struct RefreshDecisionTests {
  private let now = Date(timeIntervalSince1970: 1_750_000_000)

  private func decision(_ change: (inout RefreshTokenState) -> Void = { _ in }) -> RefreshDecision {
    var state = RefreshTokenState(
      expiresAt: now + 1,
      usedAt: nil,
      sessionExpiresAt: now + 1,
      sessionRevokedAt: nil,
      isMemberActive: true
    )
    change(&state)
    return RefreshDecision(for: state, now: now)
  }

  @Test func `a token shown for the first time rotates`() {
    #expect(decision() == .rotate)
  }

  @Test func `a token shown twice ends its session`() {
    #expect(decision { $0.usedAt = now } == .revokeSession)
  }

  @Test func `a used token ends its session even after its time`() {
    #expect(
      decision {
        $0.usedAt = now - 60
        $0.expiresAt = now - 30
      } == .revokeSession
    )
  }

  @Test func `a token nobody was given is refused`() {
    #expect(RefreshDecision(for: nil, now: now) == .refuse(.unknown))
  }

  @Test func `a token or session past its time is refused`() {
    #expect(decision { $0.expiresAt = now } == .refuse(.expired))
    #expect(decision { $0.sessionExpiresAt = now } == .refuse(.expired))
  }

  @Test func `a token of a revoked session is refused, used or not`() {
    #expect(decision { $0.sessionRevokedAt = now } == .refuse(.sessionRevoked))
    #expect(
      decision {
        $0.sessionRevokedAt = now
        $0.usedAt = now
      } == .refuse(.sessionRevoked)
    )
  }

  @Test func `a token of a member who may not sign in is refused`() {
    #expect(decision { $0.isMemberActive = false } == .refuse(.memberInactive))
  }
}

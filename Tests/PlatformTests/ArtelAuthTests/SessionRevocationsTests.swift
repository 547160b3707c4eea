import ArtelAuth
import ArtelConcurrency
import ArtelIdentifiers
import Foundation
import Testing

@Suite("Session revocations")
struct SessionRevocationsTests {
  private let clock = AdjustableClock(Date(timeIntervalSince1970: 1_750_000_000))
  private let session = Identifier<AccountsSession>.generate()

  private func revocations() -> SessionRevocations {
    SessionRevocations(tokenLifetime: .seconds(600), clock: clock.wallClock)
  }

  @Test func `a revoked session is revoked, another is not`() {
    let revocations = revocations()

    revocations.revoke(session)

    #expect(revocations.isRevoked(session))
    #expect(!revocations.isRevoked(.generate()))
  }

  @Test func `sessions are forgotten once their tokens have expired`() {
    let revocations = revocations()
    for _ in 0..<1_000 {
      revocations.revoke(.generate())
    }

    clock.advance(by: .seconds(721))
    for _ in 0..<1_100 {
      revocations.revoke(.generate())
    }

    #expect(revocations.rememberedCount < 2_000)
  }

  @Test func `a session revoked long ago is not remembered`() {
    let revocations = revocations()

    revocations.revoke(session, at: clock.now - 3_600)

    #expect(revocations.rememberedCount == 0)
  }
}

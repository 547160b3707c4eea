import ArtelIdentifiers
import ArtelWeb
import Foundation
import Testing

@Suite("How lately somebody proved who they are")
struct ProofRuleTests {
  private let now = Date(timeIntervalSince1970: 1_800_000_000)

  private func principal(_ proof: Principal.Proof?) -> Principal {
    Principal(memberID: .generate(), sessionID: .generate(), proof: proof, source: .cookie)
  }

  // Fails without `provedAt > oldest`: an old proof lets through.
  @Test func `lets through for as long as it says`() throws {
    let rule = ProofRule(lifetime: .seconds(60))

    try rule.check(principal(Principal.Proof(provedAt: now - 59)), at: now)
    for proof in [Principal.Proof(provedAt: now - 60), nil] {
      let problem = #expect(throws: Problem.self) {
        try rule.check(principal(proof), at: now)
      }
      #expect(problem?.kind == .freshSignInNeeded)
    }
  }

  // Fails without `needsSecondFactor` in `check`: a password is enough.
  @Test func `wants a second factor that is as fresh`() throws {
    let rule = ProofRule(lifetime: .seconds(60), needsSecondFactor: true)

    try rule.check(
      principal(Principal.Proof(provedAt: now, secondFactorAt: now - 59)),
      at: now
    )
    for shownAt in [nil, now - 60] {
      let problem = #expect(throws: Problem.self) {
        let proof = Principal.Proof(provedAt: now, secondFactorAt: shownAt)
        try rule.check(principal(proof), at: now)
      }
      #expect(problem?.kind == .secondFactorNeeded)
    }
  }
}

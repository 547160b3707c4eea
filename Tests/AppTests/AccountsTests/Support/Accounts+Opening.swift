import ArtelAuth
import ArtelConcurrency
import ArtelPostgres

@testable import Accounts

/// Sessions of members who were let in somehow, whatever their second factor.
extension Accounts {
  func openAPISession(of member: Member, from origin: SessionOrigin) async throws -> TokenPair {
    try await pair(
      db.transaction { tx in try await openAPISession(of: member, from: origin, in: tx) }
    )
  }

  func openPageSession(
    of member: Member,
    from origin: SessionOrigin = SessionOrigin(userAgent: "tests", address: nil)
  ) async throws -> OpaqueToken {
    try await db.transaction { tx in
      try await openPageSession(of: member, from: origin, in: tx)
    }
  }

  /// What a member with a second factor gets for the right password; nil for one who is let in.
  func challenge(_ member: Member) async throws -> OpaqueToken? {
    let origin = SessionOrigin(userAgent: "tests", address: nil)
    guard case .challenged(let challenge, _) = try await enter(as: Entrant(member), from: origin)
    else {
      return nil
    }
    return challenge
  }
}

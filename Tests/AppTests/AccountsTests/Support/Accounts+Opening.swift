import ArtelAuth
import ArtelConcurrency
import ArtelPostgres

@testable import Accounts

/// Sessions of members who were let in somehow, whatever their second factor.
extension Accounts {
  func openAPISession(of member: Member, from origin: SessionOrigin) async throws -> TokenPair {
    let (session, token) = try await db.transaction { tx in
      let standing = try await member.standing(from: origin, at: clock.now(), in: tx)
      return try await openAPISession(of: member, standing: standing, from: origin, in: tx)
    }
    return try await pair(session, of: member, refresh: token)
  }

  func openPageSession(
    of member: Member,
    from origin: SessionOrigin = SessionOrigin(userAgent: "tests", address: nil)
  ) async throws -> OpaqueToken {
    try await db.transaction { tx in
      let standing = try await member.standing(from: origin, at: clock.now(), in: tx)
      return try await openPageSession(of: member, standing: standing, from: origin, in: tx)
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

import ArtelAuth
import ArtelConcurrency
import ArtelModel
import ArtelPostgres
import FoundationEssentials

/// What a member gets for the right password, or the right code of the phone.
enum Admission<Opened: Sendable>: Sendable {
  case opened(Opened)
  /// The second factor is to be shown first.
  case challenged(OpaqueToken)
}

/// What a sign-in depends on besides the password.
struct Standing: Sendable {
  /// Whether the member has a second factor.
  let asksForCode: Bool
  /// Whether the member is to hear of it: somebody signed in before, and nobody from this client at
  /// this address, as far as sessions are stored.
  let isNews: Bool
}

extension Accounts {
  /// Opens a session, or a challenge where the member asks for a second factor.
  ///
  /// Cost: two round trips, unless the session is news.
  ///
  /// - Throws: ``SessionError/wrongCredentials`` when the member has left meanwhile.
  func admit<Opened: Sendable>(
    _ member: Member,
    from origin: SessionOrigin,
    open: (Standing, Transaction) async throws -> Opened
  ) async throws -> Admission<Opened> {
    try await entering(refusal: SessionError.wrongCredentials) { tx in
      let standing = try await member.standing(from: origin, at: clock.now(), in: tx)
      guard standing.asksForCode else { return .opened(try await open(standing, tx)) }
      return .challenged(SignInChallenge.open(for: member.id, at: clock.now(), in: tx))
    }
  }

  /// Runs the transaction in which somebody enters, again when it waits for one in which they leave,
  /// and that one for it.
  ///
  /// - Throws: `refusal` when they have left meanwhile: the row of who left refuses the note of a
  ///   sign-in, which undoes the session, too.
  func entering<Result: Sendable>(
    refusal: any Error,
    _ body: (Transaction) async throws -> Result
  ) async throws -> Result {
    do {
      return try await db.transaction(retry: .retryable, body)
    } catch let error as PostgresError
      where error.constraint == "members_departed_without_profile"
    {
      throw refusal
    }
  }
}

extension Member {
  /// Where the member stands who signs in from there; one statement.
  func standing(
    from origin: SessionOrigin,
    at now: Date,
    in reader: some StatementReader
  ) async throws -> Standing {
    // All sessions of a young account are stored still, so no other one means the first.
    let isOld = createdAt <= now - Session.lifetime
    let row = try await reader.read(
      """
      with others as not materialized (
        select user_agent, address from sessions where member_id = \(id)
      )
      select exists (select from totp_secrets where member_id = \(id) and confirmed_at is not null),
        (\(isOld) or exists (select from others)) and not exists (
          select from others
          where user_agent = \(origin.client) and address is not distinct from \(origin.address)
        )
      """
    )[0]
    return Standing(asksForCode: try row.decode(at: 0), isNews: try row.decode(at: 1))
  }
}

import ArtelAuth
import ArtelConcurrency
import ArtelModel
import ArtelPostgres
import FoundationEssentials

/// Whoever gave the right password, or the right code of the phone.
struct Entrant: Sendable {
  let member: Member
  let proof: Proof

  /// What they gave.
  enum Proof: Hashable, Sendable {
    /// The password whose hash the member has; another is chosen first where it is known from a breach.
    case password(isBreached: Bool)
    /// The code of the phone, or what made the account just now.
    case other
  }

  init(_ member: Member, by proof: Proof = .other) {
    self.member = member
    self.proof = proof
  }

  /// Whether they choose another password before they are in.
  var needsPassword: Bool { proof == .password(isBreached: true) }
}

/// What an entrant gets.
enum Admission<Opened: Sendable>: Sendable {
  case opened(Opened)
  /// There is a step to take first.
  case challenged(OpaqueToken, SignInStep)
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
  /// Opens a session, or a challenge where the member has a second factor to show or a password to choose.
  ///
  /// Cost: two round trips, by password three; more when the session is news.
  ///
  /// - Throws: ``SessionError/wrongCredentials`` when the member has left meanwhile, was suspended or has
  ///   another password.
  func admit<Opened: Sendable>(
    _ entrant: Entrant,
    from origin: SessionOrigin,
    open: (Standing, Transaction) async throws -> Opened
  ) async throws -> Admission<Opened> {
    let member = entrant.member
    return try await entering(refusal: SessionError.wrongCredentials) { tx in
      let now = clock.now()
      if entrant.proof != .other {
        // Setting another password, or a second factor, takes the same lock and ends what was begun before:
        // nothing may begin behind it that was proved before it.
        let current = Member.where {
          $0.id == member.id && $0.isActive && $0.passwordHash == member.passwordHash
        }
        guard try await current.forUpdate().first(in: tx) != nil else {
          throw SessionError.wrongCredentials
        }
      }
      let standing = try await member.standing(from: origin, at: now, in: tx)
      guard standing.asksForCode || entrant.needsPassword else {
        return .opened(try await open(standing, tx))
      }
      let challenge = SignInChallenge.open(
        for: member.id,
        needsCode: standing.asksForCode,
        needsPassword: entrant.needsPassword,
        at: now,
        in: tx
      )
      return .challenged(challenge.token, challenge.step)
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

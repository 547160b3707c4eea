public import AccountsContract
import ArtelConcurrency
import ArtelModel
import ArtelPostgres
import ArtelWeb
import FoundationEssentials

extension Act {
  /// A member became a moderator.
  static let moderatorMade = Act("member.made_moderator", level: .warning)
  /// A member lost a role.
  static let memberDemoted = Act("member.demoted", level: .warning)
}

extension Member {
  func has(_ role: MemberRole) -> Bool {
    switch role {
    case .administrator: isAdministrator
    case .moderator: isModerator
    }
  }

  /// Gives or takes a role; tokens and pages follow within their lifetime, acts at once.
  fileprivate func set(
    _ role: MemberRole,
    to isGiven: Bool,
    by requester: Requester,
    at now: Date,
    in tx: Transaction
  ) async throws {
    try await Member.update {
      switch role {
      case .administrator: $0.isAdministrator = isGiven
      case .moderator: $0.isModerator = isGiven
      }
      $0.updatedAt = now
    }
    .where { $0.id == id }
    .run(in: tx)
    let promotion = role == .administrator ? Act.memberPromoted : .moderatorMade
    tx.record(
      isGiven ? promotion : .memberDemoted,
      by: requester.member,
      about: id,
      from: requester.origin,
      details: ["role": role.rawValue],
      at: now
    )
  }
}

extension Requester {
  /// Where the request came from; nil for the operator.
  var origin: SessionOrigin? {
    member.map { _ in SessionOrigin(userAgent: userAgent, address: address) }
  }
}

/// A member in the hands of an administrator, in a transaction that holds all administrators.
struct AdministeredMember {
  let member: Member
  /// Whether somebody else who may sign in runs the installation.
  let hasOtherAdministrator: Bool

  /// Holds a member and all administrators, in one order, so that two who act at once wait for each
  /// other rather than for ever; and asks who the requester is at this moment.
  ///
  /// - Throws: `Problem` of kind `not_found` when there is no such member, or when the requester
  ///   is no administrator.
  init(_ id: MemberID, for requester: Requester, in tx: Transaction) async throws {
    let held = try await Member.where {
      $0.departedAt == nil && ($0.id == id || $0.isAdministrator)
    }
    .order { $0.id.ascending }
    .forUpdate()
    .all(in: tx)
    let administrators = held.filter { $0.isAdministrator && $0.isActive }
    if let actor = requester.member {
      guard administrators.contains(where: { $0.id == actor }) else { throw Problem.notFound }
    }
    guard let member = held.first(where: { $0.id == id }) else { throw Problem.notFound }
    self.member = member
    hasOtherAdministrator = administrators.contains { $0.id != id }
  }
}

extension Accounts {
  /// Gives a member a role; does nothing when the member has it.
  ///
  /// - Throws: `Problem` of kind `not_found`.
  public func give(
    _ role: MemberRole,
    to id: MemberID,
    by requester: Requester
  ) async throws {
    try await db.transaction { tx in
      let held = try await AdministeredMember(id, for: requester, in: tx)
      guard !held.member.has(role) else { return }
      try await held.member.set(role, to: true, by: requester, at: clock.now(), in: tx)
    }
  }

  /// Takes a role from a member; does nothing when the member does not have it.
  ///
  /// - Throws: `Problem` of kind `not_found`; ``MemberError/lastAdministrator``.
  public func take(
    _ role: MemberRole,
    from id: MemberID,
    by requester: Requester
  ) async throws {
    try await db.transaction { tx in
      let held = try await AdministeredMember(id, for: requester, in: tx)
      guard held.member.has(role) else { return }
      guard role != .administrator || held.hasOtherAdministrator else {
        throw MemberError.lastAdministrator
      }
      try await held.member.set(role, to: false, by: requester, at: clock.now(), in: tx)
    }
  }
}

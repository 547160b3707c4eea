import AccountsContract
import ArtelConcurrency
import ArtelModel
import ArtelPostgres
import ArtelWeb
import FoundationEssentials

extension NoticeKind {
  /// The account is going to be deleted.
  static let departureBegun = NoticeKind("departure.begun", icon: "trash", link: DataPage.path)
  /// The member stays, as nobody else runs the installation.
  static let departureRefused = NoticeKind("departure.refused", icon: "alert", link: DataPage.path)
}

extension Act {
  /// A member asked to leave, and can still stay for some time.
  static let departureBegun = Act("departure.begun", level: .warning)
  /// A member who had asked to leave stays.
  static let departureEnded = Act("departure.ended", level: .warning)
}

extension Accounts {
  /// Begins the departure of a member who proves it with the password, if they have one.
  ///
  /// The member leaves when the time of grace is over, or at once when there is none. Asking again
  /// changes nothing. The member is told by mail, as it may not have been them.
  ///
  /// - Returns: The member, who still can stay; nil for one who has left.
  /// - Throws: ``MemberError/wrongPassword``, ``MemberError/lastAdministrator``.
  func beginDeparture(
    of id: MemberID,
    password: String?,
    in language: Language,
    from origin: SessionOrigin?
  ) async throws -> Member? {
    let proved = try await confirm(id, password: password, from: origin)
    guard departureGrace > .zero else {
      try await depart(id, by: id)
      return nil
    }
    let now = clock.now()
    let member = try await db.transaction { tx in
      guard var member = try await Member.leaving(id, in: tx), member.departsAt == nil else {
        return try await Member.present(id, in: tx)
      }
      try member.require(passwordHash: proved)
      let date = now + departureGrace / .seconds(1)
      try await Member.update {
        $0.departsAt = date
        $0.updatedAt = now
      }
      .where { $0.id == id }
      .run(in: tx)
      member.departsAt = date
      if let address = member.email {
        let facts = ["date": LocalFormat(language: language).day(date)]
        try await tx.post(
          Letter(.departureBegun, to: address, about: id, in: language, facts: facts, at: now)
        )
      }
      try await give(Notice(.departureBegun, to: id, [:], at: now), in: tx)
      tx.record(.departureBegun, by: id, about: id, from: origin, at: now)
      return member
    }
    changedMembers.note(id)
    return member
  }

  /// Lets a member stay who had asked to leave; does nothing for others.
  func endDeparture(of id: MemberID, from origin: SessionOrigin?) async throws {
    let now = clock.now()
    try await db.transaction { tx in try await stay(id, by: id, from: origin, at: now, in: tx) }
    changedMembers.note(id)
  }

  /// Removes the members whose time of grace is over, each in a transaction of its own.
  func finishDepartures() async throws {
    let now = clock.now()
    let leaving = try await Member.where { $0.departsAt <= now }
      .order { $0.departsAt.ascending }
      .select { $0.id }
      .all(in: db)
    var failure: (any Error)?
    for id in leaving {
      try Task.checkCancellation()
      do {
        // They may have changed their mind since.
        try await depart(id, by: id) { member in member.departsAt.map { $0 > now } ?? true }
      } catch MemberError.lastAdministrator {
        try await keepLastAdministrator(id, at: now)
      } catch {
        // The others leave all the same.
        failure = failure ?? error
      }
    }
    if let failure { throw failure }
  }

  private func keepLastAdministrator(_ id: MemberID, at now: Date) async throws {
    try await db.transaction { tx in
      try await stay(id, by: nil, from: nil, at: now, in: tx)
      try await give(Notice(.departureRefused, to: id, [:], at: now), in: tx)
    }
    changedMembers.note(id)
  }

  private func stay(
    _ id: MemberID,
    by actor: MemberID?,
    from origin: SessionOrigin?,
    at now: Date,
    in tx: Transaction
  ) async throws {
    let stayed = try await Member.update {
      $0.departsAt = nil
      $0.updatedAt = now
    }
    .where { $0.id == id && $0.departsAt != nil }
    .run(in: tx)
    guard stayed > 0 else { return }
    tx.record(.departureEnded, by: actor, about: id, from: origin, at: now)
  }
}

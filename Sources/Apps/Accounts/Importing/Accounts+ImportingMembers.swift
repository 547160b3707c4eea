public import AccountsContract
import ArtelAuth
import ArtelConcurrency
import ArtelEvents
public import ArtelIdentifiers
public import ArtelImports
import ArtelModel
import ArtelPostgres
import FoundationEssentials

extension Act {
  /// The operator brought members from another system.
  static let membersImported = Act("members.imported", level: .warning)
}

extension Accounts {
  /// Makes members of people of another system, who sign in with the password that they had there.
  ///
  /// Nobody is left out for a name: it is made to fit, and told apart where it is taken; an address that is
  /// taken or none is left away. A hash that is not bcrypt's opens nothing until a new password is set by
  /// mail. Who was taken before stays as they are, or gone. Everybody gets the id that they had there,
  /// unless it is somebody else's.
  ///
  /// Cost: ten statements, however many people; a few hundred are a good number. Other imports wait.
  ///
  /// - Throws: `PostgresError`; nobody was taken then.
  public func importMembers(_ people: [MemberToImport]) async throws -> ImportTally {
    var attempt = 1
    while true {
      do {
        return try await db.transaction { tx in try await takeIn(people, in: tx) }
      } catch let error as PostgresError where error.isUniqueViolation && attempt < 3 {
        // Somebody signed up meanwhile under one of the names.
        attempt += 1
      }
    }
  }

  /// Who some people of another system are here; those who were not taken are absent.
  ///
  /// One statement.
  public func importedMembers(_ people: [ForeignID]) async throws -> [ForeignID: MemberID] {
    try await ImportKind.member.known(people, in: db)
  }

  /// Records in the system log that people were brought from another system.
  public func recordImport(from system: String, members: Int) async throws {
    try await db.transaction { tx in
      tx.record(
        .membersImported,
        by: nil,
        about: nil,
        from: nil,
        details: ["from": system, "members": "\(members)"],
        at: clock.now()
      )
    }
  }

  /// Learns what a run of bcrypt costs for members who came from elsewhere and have not signed in since.
  func learnImportedHashes() async throws {
    let rows = try await db.read(
      """
      select max(substring(password_hash from 5 for 2)) from members
      where password_hash like '$2%'
      """
    )
    let cost = try rows[0].decode(String?.self, at: 0)
    passwords.expect(bcryptCost: cost.flatMap { Int($0) })
  }

  private func takeIn(_ people: [MemberToImport], in tx: Transaction) async throws -> ImportTally {
    var tally = ImportTally()
    try await ImportKind.hold(in: tx)
    let known = try await ImportKind.member.known(people.map(\.id), as: MemberID.self, in: tx)
    var seen: Set<ForeignID> = []
    let fresh = people.filter { known[$0.id] == nil && seen.insert($0.id).inserted }
    tally.known = people.count - fresh.count
    let occupied = try await occupied(fresh.map(\.id), in: tx)
    var choice = try await NameChoice(for: fresh, in: tx)
    var taken: [(source: ForeignID, id: MemberID)] = []
    var members: [Member] = []
    for person in fresh {
      let same = MemberID(high: person.id.high, low: person.id.low)
      let id = occupied.contains(same) ? MemberID.generate() : same
      guard let member = member(person, id: id, &choice, &tally) else { continue }
      members.append(member)
      taken.append((person.id, id))
    }
    try await tx.insert(contentsOf: members)
    try await tx.publish(contentsOf: members.map { MemberJoined(member: $0.card) })
    try await ImportKind.member.remember(taken, in: tx)
    tally.taken = members.count
    return tally
  }

  /// Which of the ids are somebody's here.
  private func occupied(_ ids: [ForeignID], in tx: Transaction) async throws -> Set<MemberID> {
    let rows = try await tx.read(
      "select id from members where id = any(array(select unnest(\(ids))))"
    )
    return Set(try rows.map { try $0.decode(MemberID.self, at: 0) })
  }

  /// A member made of somebody, not stored yet; nil when there is no name left for them.
  private func member(
    _ person: MemberToImport,
    id: MemberID,
    _ choice: inout NameChoice,
    _ tally: inout ImportTally
  ) -> Member? {
    guard let username = choice.username(for: person) else {
      tally.refuse(.member, person.id, "username_taken", person.username)
      return nil
    }
    if username != person.username {
      tally.change(.member, person.id, "username_changed", "\(person.username) is \(username) now")
    }
    let address = choice.address(for: person)
    if let refusal = address.refusal {
      tally.change(.member, person.id, refusal, "\(username) has no address: \(person.email)")
    }
    let isOpenable = PasswordHasher.isBcrypt(person.passwordHash)
    if !isOpenable {
      tally.change(.member, person.id, "password_unusable", "\(username) has to set a new password")
    }
    let bio = ForeignText.lines(person.bio, limit: Member.bioLimit)
    if bio.isCut { tally.change(.member, person.id, "bio_cut", username) }
    let joined = ForeignText.time(person.createdAt, now: clock.now())
    if joined.isMoved { tally.change(.member, person.id, "time_changed", username) }
    let changed = max(ForeignText.time(person.updatedAt, now: clock.now()).time, joined.time)
    let display = ForeignText.line(person.username, limit: DisplayName.length.upperBound).text
    return Member(
      id: id,
      username: username,
      displayName: (try? DisplayName(display).text) ?? username,
      email: address.text,
      passwordHash: isOpenable ? person.passwordHash : passwords.hashOfNobody(),
      createdAt: joined.time,
      updatedAt: changed,
      bio: bio.text,
      emailVerifiedAt: person.isVerified && address.text != nil ? changed : nil
    )
  }
}

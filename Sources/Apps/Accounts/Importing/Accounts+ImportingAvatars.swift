import AccountsContract
import ArtelConcurrency
public import ArtelImports
import ArtelPictures
import ArtelPostgres
import ArtelWeb

extension Accounts {
  /// Which of these people of another system show the picture already that they had there; one statement.
  public func importedAvatars(_ people: [ForeignID]) async throws -> Set<ForeignID> {
    let known = try await ImportKind.avatar.known(people, as: MemberID.self, in: db)
    return Set(known.keys)
  }

  /// Has a member who came from another system show the picture that they had there; the file stays.
  ///
  /// Broken off before it is noted, the same picture is shown again the next time, which changes nothing.
  ///
  /// - Throws: What is not the picture's fault: `PictureError`, `StorageError`, `PostgresError`.
  public func importAvatar(of person: ForeignID, fileAt path: String) async throws -> ImportTally {
    var tally = ImportTally()
    guard let member = try await importedMembers([person])[person] else {
      tally.refuse(.avatar, person, "member_missing")
      return tally
    }
    do {
      try await changeAvatar(of: member, toFileAt: path)
    } catch let error as PictureError where error.isCallersFault {
      tally.refuse(.avatar, person, "picture_\(error.code)")
      return tally
    } catch let problem as Problem where problem.kind == .notFound {
      tally.refuse(.avatar, person, "member_missing")
      return tally
    }
    try await db.transaction { tx in
      try await ImportKind.avatar.remember([(source: person, id: member)], in: tx)
    }
    tally.taken = 1
    return tally
  }
}

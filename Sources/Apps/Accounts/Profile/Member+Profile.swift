import AccountsContract
import ArtelAuth
import ArtelConcurrency
import ArtelEvents
import ArtelModel
import ArtelPostgres
import ArtelWeb
import FoundationEssentials

extension Member {
  /// Most code points that a member says of themselves.
  static let bioLimit = 500

  /// Changes what others read of the member, and tells the other apps; nothing when it is so already.
  ///
  /// - Returns: The member as it is now.
  func change(_ form: ProfileForm, at now: Date, in tx: Transaction) async throws -> Member {
    var member = self
    member.displayName = form.displayName.value(or: displayName)
    member.bio = form.bio.value(or: bio)
    guard member != self else { return self }
    member.version += 1
    member.updatedAt = now
    try await Member.update {
      $0.displayName = member.displayName
      $0.bio = member.bio
      $0.version = member.version
      $0.updatedAt = now
    }
    .where { $0.id == id }
    .run(in: tx)
    try await tx.publish(MemberChanged(member: member.card))
    return member
  }
}

extension Accounts {
  /// Changes what others read of a member.
  ///
  /// - Throws: `Problem` of kind `not_found` when the member has departed.
  @discardableResult
  func change(_ id: MemberID, _ form: ProfileForm) async throws -> Member {
    let member = try await db.transaction { tx in
      let member = try await Member.where { $0.id == id && $0.departedAt == nil }.forUpdate()
        .first(in: tx)
      guard let member else { throw Problem.notFound }
      return try await member.change(form, at: clock.now(), in: tx)
    }
    changedMembers.note(id)
    return member
  }

  /// Gives a member another name for others to read: 2 to 100 code points.
  ///
  /// - Throws: `Problem` of kind `not_found` or `validation`.
  public func rename(username: String, to displayName: String) async throws {
    let form = try ProfileForm.read(from: FormSource(texts: [("display_name", displayName)]))
    try await change(try await present(username).id, form)
  }
}

/// What others read of a member; what is absent stays.
struct ProfileForm: Form {
  let displayName: Change<String>
  let bio: Change<String>

  init(_ fields: inout FormReader) {
    displayName = fields.stringChange(
      "display_name",
      .trimmed,
      .length(DisplayName.length),
      .pattern(.displayName)
    )
    bio = fields.stringChange("bio", .trimmed, .multiline, .length(0...Member.bioLimit))
  }
}

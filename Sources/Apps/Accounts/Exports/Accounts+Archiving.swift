public import AccountsContract
import ArtelModel
import ArtelPostgres
import ArtelStorage
import ArtelUploads
import FoundationEssentials

extension Accounts: MemberArchiveSource {
  public func archiveFileCount(of member: MemberID) async throws -> Int {
    try await Member.find(member, in: db).avatarLarge == nil ? 0 : 1
  }

  /// What Accounts knows of a member, without what proves who they are: hashes and digests of
  /// passwords, tokens and codes.
  ///
  /// Of the system log it is what they did, with where from, and what others did to them, without.
  public func archive(_ member: MemberID, into archive: MemberArchive) async throws {
    for part in ArchivedPart.all {
      try await archive.add(part.name, rowsOf: part.statement(member), in: db)
    }
    let row = try await Member.find(member, in: db)
    guard let pictures, let digest = row.avatarLarge.flatMap({ Digest(bytes: $0.bytes) }) else {
      return
    }
    try await archive.add(
      "avatar.webp",
      fileAt: pictures.blobs.path(of: digest),
      changedAt: row.updatedAt
    )
  }
}

/// A file of the archive: the rows of a table that are a member's.
struct ArchivedPart: Sendable {
  /// The name of the file.
  let name: String
  let table: String
  let columns: [String]
  /// Columns that tell of whoever did something: null in the rows of what others did.
  let ownColumns: [String]
  /// Which columns name the member: a row is theirs when one of them does.
  ///
  /// The first one names who did it.
  let owners: [String]
  /// By which columns the rows stand in order.
  let order: String

  private init(
    _ name: String,
    _ columns: [String],
    own ownColumns: [String] = [],
    from table: String,
    owners: [String] = ["member_id"],
    order: String = "id"
  ) {
    self.name = name
    self.table = table
    self.columns = columns
    self.ownColumns = ownColumns
    self.owners = owners
    self.order = order
  }

  func statement(_ member: MemberID) -> SQL {
    var statement: SQL = "select "
    for (index, column) in columns.enumerated() {
      if index > 0 { statement.append(", ") }
      statement.append("\(identifier: column)")
    }
    for column in ownColumns {
      statement.append(", case when \(identifier: owners[0]) = \(member)")
      statement.append(" then \(identifier: column) end as \(identifier: column)")
    }
    statement.append(" from \(identifier: table) where")
    for (index, owner) in owners.enumerated() {
      if index > 0 { statement.append(" or") }
      statement.append(" \(identifier: owner) = \(member)")
    }
    statement.append(" order by \(identifier: order)")
    return statement
  }

  static let all = [
    ArchivedPart(
      "account",
      [
        "id", "username", "display_name", "bio", "email", "email_verified_at", "phone",
        "is_administrator", "is_moderator", "is_active", "suspended_at", "suspension_reason",
        "created_at", "updated_at", "last_signed_in_at", "last_seen_at", "departs_at",
      ],
      from: "members",
      owners: ["id"]
    ),
    ArchivedPart(
      "preferences",
      ["theme", "language", "silenced_notices", "updated_at"],
      from: "preferences",
      order: "member_id"
    ),
    ArchivedPart(
      "sessions",
      [
        "id", "kind", "user_agent", "address", "created_at", "last_used_at", "expires_at",
        "revoked_at", "revoked_reason", "proved_at", "second_factor_at",
      ],
      from: "sessions"
    ),
    ArchivedPart(
      "api_tokens",
      [
        "id", "name", "scopes", "created_at", "expires_at", "announced_at", "last_used_at",
        "last_address", "revoked_at",
      ],
      from: "api_tokens"
    ),
    ArchivedPart(
      "passkeys",
      ["id", "name", "created_at", "last_used_at"],
      from: "passkeys"
    ),
    ArchivedPart(
      "notices",
      ["id", "app", "kind", "facts", "created_at", "read_at"],
      from: "notices"
    ),
    ArchivedPart("blocks", ["other_id", "created_at"], from: "blocks", order: "created_at"),
    ArchivedPart("mutes", ["other_id", "created_at"], from: "mutes", order: "created_at"),
    ArchivedPart(
      "following",
      ["following_id", "created_at"],
      from: "follows",
      owners: ["follower_id"],
      order: "created_at"
    ),
    ArchivedPart(
      "followers",
      ["follower_id", "created_at"],
      from: "follows",
      owners: ["following_id"],
      order: "created_at"
    ),
    ArchivedPart(
      "letters",
      ["id", "kind", "recipient", "language", "facts", "created_at"],
      from: "letters"
    ),
    ArchivedPart("exports", ["id", "requested_at", "ready_at", "size_bytes"], from: "exports"),
    ArchivedPart(
      "system_log",
      ["position", "done_at", "act", "level", "details"],
      own: ["address", "user_agent"],
      from: "system_log_entries",
      owners: ["actor_id", "subject_id"],
      order: "position"
    ),
  ]
}

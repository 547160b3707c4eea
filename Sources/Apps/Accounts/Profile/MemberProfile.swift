import AccountsContract
import ArtelIdentifiers
import ArtelPostgres
import ArtelWeb
import FoundationEssentials

/// What everybody may see of a member.
struct MemberProfile: Sendable {
  let id: MemberID
  let username: String
  let displayName: String
  let bio: String
  let avatar: MemberAvatar?
  let joinedAt: Date
  let lastSeen: LastSeen?
}

extension MemberProfile {
  /// The columns that a profile is made of, of `members m`.
  static let columns: SQL =
    "m.id, m.username, m.display_name, m.bio, m.created_at, m.last_seen_at, m.avatar_large"

  /// Reads a profile from the first seven columns of a row.
  init(from row: PostgresRow, at now: Date) throws {
    id = try row.decode(at: 0)
    username = try row.decode(at: 1)
    displayName = try row.decode(at: 2)
    bio = try row.decode(at: 3)
    joinedAt = try row.decode(at: 4)
    lastSeen = try row.decode(Date?.self, at: 5).map { LastSeen($0, at: now) }
    avatar = MemberAvatar(of: id, large: try row.decode(at: 6))
  }

  /// How pages show the member.
  var portrait: Portrait {
    Portrait(of: id, named: displayName, picture: SquarePicture(avatar))
  }
}

extension MemberProfile: JSONWritable {
  func write(to json: inout JSONWriter) {
    json.object { json in
      json.field("id", id)
      json.field("username", username)
      json.field("display_name", displayName)
      json.field("bio", bio)
      json.field("avatar", SquarePicture(avatar))
      json.field("joined_at", joinedAt)
      json.field("last_seen", lastSeen?.rawValue)
    }
  }
}

extension MemberProfile: JSONResource {
  static let schemaName = "Member"

  static let examples = [
    MemberProfile(
      id: MemberID(high: 0x019A_A4C0_3C5E_7B2A, low: 0x9C1D_2F6E_8A7B_4C3D),
      username: "ada",
      displayName: "Ada",
      bio: "I write notes that grow longer than the paper.",
      avatar: Member.examples[0].card.avatar,
      joinedAt: Date(timeIntervalSince1970: 1_795_233_914.123456),
      lastSeen: .day
    ),
    MemberProfile(
      id: MemberID(high: 0x019A_A4C0_3C5E_7B2A, low: 0x9C1D_2F6E_8A7B_4C3E),
      username: "grace",
      displayName: "Grace",
      bio: "",
      avatar: nil,
      joinedAt: Date(timeIntervalSince1970: 1_795_233_914.123456),
      lastSeen: nil
    ),
  ]
}

/// Several members, in the order in which they were found.
struct FoundMembers: JSONResource {
  static let schemaName = "FoundMembers"
  static let examples = [FoundMembers(items: MemberProfile.examples), FoundMembers(items: [])]

  let items: [MemberProfile]

  func write(to json: inout JSONWriter) {
    json.object { $0.field("items", items) }
  }
}

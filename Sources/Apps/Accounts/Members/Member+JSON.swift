import AccountsContract
import ArtelIdentifiers
import ArtelPostgres
import ArtelWeb
import FoundationEssentials

extension Member: JSONWritable {
  /// The member as the member sees it.
  func write(to json: inout JSONWriter) {
    json.object { json in
      json.field("id", id)
      json.field("username", username)
      json.field("display_name", displayName)
      json.field("bio", bio)
      json.field("avatar", SquarePicture(card.avatar))
      json.field("email", email)
      json.field("email_verified_at", emailVerifiedAt)
      json.field("phone", phone)
      json.field("has_password", passwordHash != nil)
      json.field("is_administrator", isAdministrator)
      json.field("is_moderator", isModerator)
      json.field("created_at", createdAt)
      json.field("last_signed_in_at", lastSignedInAt)
      json.field("departs_at", departsAt)
    }
  }
}

extension Member: JSONResource {
  static let schemaName = "Account"

  static let examples = [
    Member(
      id: MemberID(high: 0x019A_A4C0_3C5E_7B2A, low: 0x9C1D_2F6E_8A7B_4C3D),
      username: "ada",
      displayName: "Ada",
      email: "ada@example.org",
      phone: "+79991234567",
      passwordHash: "$argon2id$",
      createdAt: Date(timeIntervalSince1970: 1_795_233_914.123456),
      bio: "I write notes that grow longer than the paper.",
      lastSignedInAt: Date(timeIntervalSince1970: 1_795_320_314.123456),
      emailVerifiedAt: Date(timeIntervalSince1970: 1_795_233_999.123456),
      departsAt: Date(timeIntervalSince1970: 1_796_529_914.123456),
      avatarLarge: Bytea([UInt8](repeating: 0xA7, count: 32))
    ),
    Member(
      id: MemberID(high: 0x019A_A4C0_3C5E_7B2A, low: 0x9C1D_2F6E_8A7B_4C3D),
      username: "ada",
      displayName: "Ada",
      createdAt: Date(timeIntervalSince1970: 1_795_233_914.123456)
    ),
  ]
}

extension Member {
  /// What other apps may show of the member.
  var card: MemberCard {
    MemberCard(
      id: id,
      username: username,
      displayName: displayName,
      avatarKey: avatarKey,
      version: version
    )
  }
}

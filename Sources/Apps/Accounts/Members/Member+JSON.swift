import AccountsContract
import ArtelWeb

extension Member: JSONWritable {
  /// The member as the member sees it.
  func write(to json: inout JSONWriter) {
    json.object { json in
      json.field("id", id)
      json.field("username", username)
      json.field("display_name", displayName)
      json.field("email", email)
      json.field("is_administrator", isAdministrator)
      json.field("created_at", createdAt)
    }
  }
}

extension Member {
  /// What other apps may show of the member.
  var card: MemberCard {
    MemberCard(id: id, username: username, displayName: displayName, version: version)
  }
}

import ArtelAuth
import ArtelWeb

/// What somebody gives to become a member.
struct SignUpForm: Form {
  let username: String
  /// The username when absent.
  let displayName: String
  let email: String
  let password: String

  init(_ fields: inout FormReader) {
    let username = fields.string(
      "username",
      .trimmed,
      .length(Username.length),
      .pattern(.username)
    )
    if Username.reserved.contains(username.lowercased()) {
      fields.refuse("username", .taken, messageKey: "reserved")
    }
    let displayName = fields.optionalString(
      "display_name",
      .trimmed,
      .length(DisplayName.length),
      .pattern(.displayName)
    )
    let email = fields.string(
      "email",
      .trimmed,
      .length(1...EmailAddress.maximumBytes),
      .pattern(.emailAddress)
    )
    self.username = username
    self.displayName = displayName ?? username
    self.email = (try? EmailAddress(email).text) ?? email
    password = fields.chosenPassword(knowing: [username, self.displayName, self.email])
  }
}

extension FormReader {
  /// A password that somebody chooses; refused when it is among the first to be tried, with `words` as
  /// what everybody knows of the member; where the form does not know that, the verb asks again.
  mutating func chosenPassword(_ name: String = "password", knowing words: [String]) -> String {
    let password = string(name, .secret, .length(PasswordHasher.length))
    if GuessablePassword.contains(password, names: words) { refuse(name, "guessable") }
    return password
  }
}

extension GuessablePassword {
  /// Whether a password would be guessed early by whoever knows these names of the member.
  static func contains(_ password: String, names: [String]) -> Bool {
    // What stands in front of an `@` or between blanks, too.
    let parts = names.flatMap { $0.split { !$0.isLetter && !$0.isNumber }.map(String.init) }
    return contains(password, knowing: names + parts + ["artel"])
  }
}

extension FieldPattern {
  static let username = FieldPattern("username", expression: Username.expression) { text in
    hasForm { () throws(MemberDetailError) in _ = try Username(text) }
  }

  static let displayName = FieldPattern(
    "display_name",
    expression: DisplayName.expression
  ) { text in
    hasForm { () throws(MemberDetailError) in _ = try DisplayName(text) }
  }

  static let emailAddress = FieldPattern("email", expression: EmailAddress.expression) { text in
    hasForm { () throws(MemberDetailError) in _ = try EmailAddress(text) }
      && text.utf8.count <= EmailAddress.maximumBytes
  }

  /// Lengths and reserved names have messages of their own.
  private static func hasForm(_ check: () throws(MemberDetailError) -> Void) -> Bool {
    do {
      try check()
      return true
    } catch {
      return error != .malformed
    }
  }
}

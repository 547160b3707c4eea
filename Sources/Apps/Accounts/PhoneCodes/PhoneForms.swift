import ArtelAuth
import ArtelWeb

/// The number that somebody wants to sign in or up with.
struct PhoneCodeForm: Form {
  let phone: String
  /// The name of somebody who signs up; it can be given later, with the code.
  let displayName: String?

  init(_ fields: inout FormReader) {
    phone = PhoneCodeForm.phone(&fields)
    displayName = PhoneCodeForm.displayName(&fields)
  }

  /// The field `phone`, in E.164 form.
  static func phone(_ fields: inout FormReader) -> String {
    let phone = fields.string("phone", .length(1...40), .pattern(.phoneNumber))
    return (try? PhoneNumber(phone).text) ?? phone
  }

  static func displayName(_ fields: inout FormReader) -> String? {
    fields.optionalString(
      "display_name",
      .trimmed,
      .length(DisplayName.length),
      .pattern(.displayName)
    )
  }

  /// The field `code`, of six digits; spaces around it are dropped.
  static func code(_ fields: inout FormReader) -> String {
    fields.string(
      "code",
      .trimmed,
      .length(VerificationCode.length...VerificationCode.length),
      .pattern(.verificationCode)
    )
  }
}

/// The code that was sent, and what a member who signs up is called.
struct PhoneSignInForm: Form {
  let code: String
  /// Needed for a number that belongs to nobody yet, unless it was given before.
  let displayName: String?
  /// One is made when it is absent.
  let username: String?

  init(_ fields: inout FormReader) {
    code = PhoneCodeForm.code(&fields)
    displayName = PhoneCodeForm.displayName(&fields)
    let username = fields.optionalString(
      "username",
      .trimmed,
      .length(Username.length),
      .pattern(.username)
    )
    if let username, Username.reserved.contains(username.lowercased()) {
      fields.refuse("username", .taken, messageKey: "reserved")
    }
    self.username = username
  }
}

/// Another number, and the proof that it is the member who names it.
struct PhoneForm: Form {
  let phone: String
  /// Nil for a member without one.
  let password: String?

  init(_ fields: inout FormReader) {
    phone = PhoneCodeForm.phone(&fields)
    password = fields.optionalString("password", .secret, .length(0...PasswordHasher.maximumBytes))
  }
}

/// The code that was sent to another number.
struct PhoneChangeForm: Form {
  let codeID: VerificationCodeID
  let code: String

  init(_ fields: inout FormReader) {
    codeID = fields.id("code_id", as: VerificationCodeID.self)
    code = PhoneCodeForm.code(&fields)
  }
}

extension FieldPattern {
  static let phoneNumber = FieldPattern(
    "phone",
    expression:
      #"^[ \u00A0\-.()]*\+[ \u00A0\-.()]*[1-9]([ \u00A0\-.()]*[0-9]){6,14}[ \u00A0\-.()]*$"#
  ) { (try? PhoneNumber($0)) != nil }

  static let verificationCode = FieldPattern("code", expression: "^[0-9]{6}$") { text in
    text.utf8.count == VerificationCode.length
      && text.utf8.allSatisfy { UInt8(ascii: "0")...UInt8(ascii: "9") ~= $0 }
  }
}

import ArtelAuth

/// What a letter tells of.
///
/// Its texts are `letters.<name>.subject`, `.text` and, with a link, `.action` in the catalog.
struct LetterKind: Sendable, Hashable {
  /// How a letter goes.
  enum Channel: String, Sendable {
    case mail
    case phone
  }

  /// For ever, as letters on their way are found by it.
  let name: String
  let channel: Channel
  /// Where its link leads; nil for a letter without one.
  let linkPath: String?

  private init(_ name: String, _ channel: Channel = .mail, linkPath: String? = nil) {
    self.name = name
    self.channel = channel
    self.linkPath = linkPath
  }

  /// To an address that has to be proved.
  static let verifyEmail = LetterKind("email.verify", linkPath: "/verify-email")
  /// To the present address, when another one was named.
  static let emailRequested = LetterKind("email.requested")
  /// To the former address.
  static let emailChanged = LetterKind("email.changed")
  /// To whoever forgot the password.
  static let resetPassword = LetterKind("password.reset", linkPath: "/reset-password")
  /// To a member whom an administrator helps to a new password.
  static let resetOffered = LetterKind("password.reset_offered", linkPath: "/reset-password")
  /// To a member who may not sign in any more, with the reason.
  static let suspended = LetterKind("member.suspended")
  /// To a member who may sign in again.
  static let unsuspended = LetterKind("member.unsuspended")
  /// To the member, when there is another password.
  static let passwordChanged = LetterKind("password.changed")
  /// To the member's address, when somebody signed in by a password that is known from a breach.
  static let passwordBreached = LetterKind("password.breached")
  /// To the member's address, when there is another number or none.
  static let phoneChanged = LetterKind("phone.changed")
  /// To the member's address, when something else changed of what lets into the account.
  static let factorChanged = LetterKind("factor.changed")
  /// To the member's address, when a code of the second factor was shown again.
  static let codeReused = LetterKind("factor.code_reused")
  /// To the former number.
  static let phoneLeft = LetterKind("phone.left", .phone)
  /// To a number that signs in or has to be proved.
  static let phoneCode = LetterKind("phone.code", .phone)

  /// To the member's address, when the account is going to be deleted.
  static let departureBegun = LetterKind("departure.begun")

  private static let all = [
    verifyEmail, emailRequested, emailChanged, resetPassword, resetOffered, passwordChanged,
    phoneChanged, phoneLeft, phoneCode, suspended, unsuspended,
    departureBegun, factorChanged, codeReused, passwordBreached,
  ]

  /// The kind of a stored letter; nil for one that this version does not know.
  init?(named name: String) {
    guard let kind = Self.all.first(where: { $0.name == name }) else { return nil }
    self = kind
  }
}

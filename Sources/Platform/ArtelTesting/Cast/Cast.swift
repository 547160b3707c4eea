import ArtelConcurrency
public import ArtelIdentifiers
import FoundationEssentials

/// The people of every test; the same in all suites, so that a reader knows them.
public enum Cast {
  /// Ada Lovelace: the one the test is about.
  public static let ada = CastMember(number: 1, username: "ada", displayName: "Ada Lovelace")

  /// Grace Hopper: the other one.
  public static let grace = CastMember(number: 2, username: "grace", displayName: "Grace Hopper")

  /// Linus Torvalds: the one who must not see it.
  public static let linus = CastMember(number: 3, username: "linus", displayName: "Linus Torvalds")

  /// Margaret Hamilton: the administrator.
  public static let margaret = CastMember(
    number: 4,
    username: "margaret",
    displayName: "Margaret Hamilton"
  )

  /// All four, in order.
  public static let all = [ada, grace, linus, margaret]
}

/// One person of the cast, with values that never change.
public struct CastMember: Hashable, Sendable {
  /// A valid UUIDv7 that says who it is, such as `01900000-0000-7000-8000-000000000001`.
  public let id: Identifier<AccountsMember>

  /// Valid as a username.
  public let username: String

  /// Valid as a display name.
  public let displayName: String

  /// An address at `example.org`.
  public let email: String

  /// Long enough for every rule about passwords.
  public let password: String

  init(number: UInt8, username: String, displayName: String) {
    id = Identifier(
      UUID(uuid: (0x01, 0x90, 0, 0, 0, 0, 0x70, 0, 0x80, 0, 0, 0, 0, 0, 0, number))
    )
    self.username = username
    self.displayName = displayName
    email = "\(username)@example.org"
    password = "correct horse battery \(username)"
  }
}

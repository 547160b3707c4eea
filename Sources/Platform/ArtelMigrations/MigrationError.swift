/// Why migrations were not applied; the database keeps the last whole migration.
///
/// ``description`` is for operators: it names files and constraints, never values of rows.
public struct MigrationError: Error, Sendable, CustomStringConvertible {
  /// What is wrong, in terms a program can act on.
  public struct Code: Hashable, Sendable, CustomStringConvertible {
    /// The name of the code.
    public let description: String

    init(_ description: String) {
      self.description = description
    }

    /// The folder or a file cannot be read.
    public static let unreadable = Code("unreadable")
    /// A file's name or content breaks the rules for migrations.
    public static let malformed = Code("malformed")
    /// Numbers are missing, double or out of order.
    public static let misnumbered = Code("misnumbered")
    /// A migration was edited or renamed after it was applied.
    public static let edited = Code("edited")
    /// The database has a migration that the program does not know.
    public static let unknown = Code("unknown")
    /// Migrations wait to be applied.
    public static let pending = Code("pending")
    /// A statement was refused.
    public static let refused = Code("refused")
    /// Another node kept migrating for too long.
    public static let turnTimeout = Code("turnTimeout")
  }

  /// What is wrong.
  public let code: Code

  /// The file at fault, such as `0003_create_albums.sql`, when there is one.
  public let file: String?

  /// What is wrong and what to do, in sentences.
  public let description: String

  init(_ code: Code, file: String? = nil, _ description: String) {
    self.code = code
    self.file = file
    self.description = description
  }
}

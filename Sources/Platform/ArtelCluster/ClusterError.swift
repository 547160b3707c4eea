/// Why the private cluster, its directory or one of its programs cannot be used.
///
/// ``description`` says what is wrong and what to do about it; it names paths and users, never
/// values of rows.
public struct ClusterError: Error, Sendable, CustomStringConvertible {
  /// What is wrong, in terms a program can act on.
  public struct Code: Hashable, Sendable, CustomStringConvertible {
    /// The name of the code.
    public let description: String

    init(_ description: String) {
      self.description = description
    }

    /// No PostgreSQL of a supported version is installed.
    public static let postgresMissing = Code("postgresMissing")
    /// The data belongs to a major version that is not installed.
    public static let otherMajorVersion = Code("otherMajorVersion")
    /// A live process holds the data directory.
    public static let directoryInUse = Code("directoryInUse")
    /// The data directory cannot be reached, or belongs to somebody else.
    public static let directoryUnusable = Code("directoryUnusable")
    /// A system user that is needed does not exist, or the process may not become it.
    public static let userUnusable = Code("userUnusable")
    /// PostgreSQL did not start.
    public static let startRefused = Code("startRefused")
    /// PostgreSQL did not become ready in time; it goes on starting and is adopted by the next try.
    public static let startTimeout = Code("startTimeout")
    /// PostgreSQL did not stop in time.
    public static let stopTimeout = Code("stopTimeout")
    /// No postmaster runs in the data directory.
    public static let notRunning = Code("notRunning")
    /// A program ended with an error.
    public static let toolRefused = Code("toolRefused")
    /// A context has a name that cannot be a role and a database.
    public static let nameRefused = Code("nameRefused")
    /// The disk of the data directory has no room.
    public static let diskFull = Code("diskFull")
    /// A system call was refused.
    public static let systemCall = Code("systemCall")
  }

  /// What is wrong.
  public let code: Code

  /// What is wrong and what to do, in sentences.
  public let description: String

  init(_ code: Code, _ description: String) {
    self.code = code
    self.description = description
  }
}

/// Why a backup could not be made, checked or restored; ``description`` says what to do.
public struct BackupError: Error, Sendable, CustomStringConvertible {
  /// What is wrong, in terms a program can act on.
  public struct Code: Hashable, Sendable, CustomStringConvertible {
    /// The name of the code.
    public let description: String

    init(_ description: String) {
      self.description = description
    }

    /// The target exists and is not empty.
    public static let targetNotEmpty = Code("targetNotEmpty")
    /// The directory is not a finished backup.
    public static let notABackup = Code("notABackup")
    /// A newer version of the program, or of PostgreSQL, made the backup.
    public static let tooNew = Code("tooNew")
    /// Something in the backup is missing or is not what was written.
    public static let damaged = Code("damaged")
    /// What was restored is not what was backed up.
    public static let different = Code("different")
    /// Another process makes a backup there.
    public static let busy = Code("busy")
    /// The file system refused.
    public static let disk = Code("disk")
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

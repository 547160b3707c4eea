import Crypto
import FoundationEssentials

/// One numbered SQL file: `0003_create_albums.sql`.
public struct MigrationFile: Sendable, Hashable {
  /// How a file is run.
  enum Manner: Hashable, Sendable {
    /// All statements in one transaction.
    case transaction
    /// One statement that refuses transactions; `index` is what it leaves behind when it fails.
    case alone(index: String?)
  }

  /// The number in front of the name; the first is 1.
  public let number: Int

  /// The name without number and ending, such as `create_albums`.
  public let name: String

  /// The name of the file.
  public let fileName: String

  /// What it does.
  public let text: String

  /// SHA-256 of the file, in lower-case hexadecimal.
  public let checksum: String

  let manner: Manner

  /// Reads a migration from its text.
  ///
  /// - Throws: ``MigrationError/Code/malformed`` when the name or the statements break the rules.
  public init(fileName: String, text: String) throws {
    guard let match = fileName.wholeMatch(of: /([0-9]{4})_([a-z0-9_]+)\.sql/),
      let number = Int(match.1)
    else {
      throw MigrationError(
        .malformed,
        file: fileName,
        "\(fileName) is not the name of a migration; it must look like 0001_create_members.sql."
      )
    }
    self.number = number
    name = String(match.2)
    self.fileName = fileName
    self.text = text
    checksum = SHA256.hash(data: Array(text.utf8)).map { byte in
      (byte < 16 ? "0" : "") + String(byte, radix: 16)
    }.joined()
    manner = try MigrationFile.manner(of: SQLScript(text), fileName: fileName)
  }

  /// Reads the migrations of a folder in order; blocks while it reads some small files.
  ///
  /// Files that do not end in `.sql` are left out.
  ///
  /// - Throws: ``MigrationError``: the numbers must run from 1 without a gap.
  public static func all(in directory: String) throws -> [MigrationFile] {
    let names: [String]
    do {
      names = try FileManager.default.contentsOfDirectory(atPath: directory)
    } catch {
      throw MigrationError(.unreadable, "The folder of migrations \(directory) cannot be read.")
    }
    let files = try names.filter { $0.hasSuffix(".sql") }.sorted().map { name in
      guard let bytes = FileManager.default.contents(atPath: "\(directory)/\(name)") else {
        throw MigrationError(.unreadable, file: name, "\(directory)/\(name) cannot be read.")
      }
      return try MigrationFile(fileName: name, text: String(decoding: bytes, as: UTF8.self))
    }
    for (index, file) in files.enumerated() where file.number != index + 1 {
      throw MigrationError(
        .misnumbered,
        file: file.fileName,
        "\(file.fileName) should have the number \(index + 1): numbers run from 1 without a gap, each once."
      )
    }
    return files
  }

  private static func manner(of script: SQLScript, fileName: String) throws -> Manner {
    guard !script.statements.isEmpty else {
      throw MigrationError(.malformed, file: fileName, "\(fileName) holds no statement.")
    }
    for statement in script.statements {
      if let word = statement.words.first, transactionWords.contains(word) {
        throw MigrationError(
          .malformed,
          file: fileName,
          "\(fileName), line \(statement.line): \(word) does not belong into a migration; the whole file is one "
            + "transaction."
        )
      }
    }
    guard let lonely = script.statements.first(where: isLonely) else { return .transaction }
    guard script.statements.count == 1 else {
      throw MigrationError(
        .malformed,
        file: fileName,
        "\(fileName), line \(lonely.line): this statement cannot run in a transaction; give it a file of its own."
      )
    }
    guard lonely.words.first == "create" else { return .alone(index: nil) }
    guard let index = indexName(lonely.words) else {
      throw MigrationError(
        .malformed,
        file: fileName,
        "\(fileName): give the index a name of your own."
      )
    }
    return .alone(index: index)
  }

  private static let transactionWords: Set<String> = [
    "begin", "start", "commit", "end", "rollback", "abort", "savepoint", "release", "prepare",
  ]

  /// Whether PostgreSQL refuses the statement in a transaction.
  private static func isLonely(_ statement: SQLScript.Statement) -> Bool {
    let words = statement.words
    return switch words.first {
    case "create", "drop", "reindex": words.prefix(4).contains("concurrently")
    case "alter": words.contains("detach") && words.last == "concurrently"
    case "vacuum": true
    default: false
    }
  }

  /// The name in `create unique index concurrently if not exists name on …`, with quotes if it has any.
  private static func indexName(_ words: [String]) -> String? {
    guard let keyword = words.firstIndex(of: "concurrently") else { return nil }
    let rest = words[(keyword + 1)...].drop { ["if", "not", "exists"].contains($0) }
    guard let name = rest.first, name != "on" else { return nil }
    return name
  }
}

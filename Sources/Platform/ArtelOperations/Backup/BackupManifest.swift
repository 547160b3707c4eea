import ArtelStorage
public import FoundationEssentials

/// What a backup holds; `manifest.json`, written last.
///
/// ```
/// manifest.json
/// databases/gallery.dump     pg_dump, custom format
/// blobs.txt                  digest and size of every blob, a line each
/// blobs/ab/cd/<64 digits>
/// secrets/…                  files of the data directory's secrets
/// ```
public struct BackupManifest: Codable, Sendable {
  /// The newest format that this program reads and the one it writes.
  public static let currentFormat = 1

  /// One database.
  public struct Database: Codable, Sendable {
    /// The context's name.
    public let context: String
    /// How many rows each table had.
    public let rowCounts: [String: Int]
    /// The dump.
    public let file: File
  }

  /// One file.
  public struct File: Codable, Hashable, Sendable {
    /// Below the backup's directory.
    public let path: String
    /// Its length in bytes.
    public let sizeBytes: Int
    /// Its SHA-256 in lower-case hexadecimal.
    public let sha256: String
  }

  /// The version of this layout.
  public let format: Int
  /// When the databases looked as they do here, UTC.
  public let createdAt: Date
  /// The major version of PostgreSQL.
  public let postgresMajorVersion: Int
  /// In the order of the contexts.
  public let databases: [Database]
  /// The list of the blobs.
  public let blobList: File
  /// How many blobs there are.
  public let blobCount: Int
  /// How long all blobs are together, in bytes.
  public let blobBytes: Int
  /// Blobs that a database named but that were missing or damaged on the disk, in hexadecimal.
  public let lostBlobs: [String]
  /// Files of the secrets' folder.
  public let secrets: [File]

  /// The length of everything, in bytes.
  public var sizeBytes: Int {
    blobBytes + (databases.map(\.file) + secrets + [blobList]).reduce(0) { $0 + $1.sizeBytes }
  }

  private enum CodingKeys: String, CodingKey {
    case format
    case createdAt = "created_at"
    case postgresMajorVersion = "postgres_major_version"
    case databases
    case blobList = "blob_list"
    case blobCount = "blob_count"
    case blobBytes = "blob_bytes"
    case lostBlobs = "lost_blobs"
    case secrets
  }

  var json: [UInt8] {
    get throws {
      let encoder = JSONEncoder()
      encoder.dateEncodingStrategy = .iso8601
      encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
      return Array(try encoder.encode(self)) + [UInt8(ascii: "\n")]
    }
  }

  private struct Version: Decodable {
    let format: Int
  }

  /// Reads the manifest of a backup; blocks.
  ///
  /// - Throws: ``BackupError/Code/notABackup``, ``BackupError/Code/tooNew``.
  static func read(from directory: String) throws -> BackupManifest {
    guard let bytes = FileManager.default.contents(atPath: directory + "/manifest.json") else {
      throw BackupError(
        .notABackup,
        "\(directory) is not a finished backup: it has no manifest.json that can be read."
      )
    }
    let decoder = JSONDecoder()
    decoder.dateDecodingStrategy = .iso8601
    do {
      let version = try decoder.decode(Version.self, from: bytes)
      guard version.format <= currentFormat else {
        throw BackupError(
          .tooNew,
          "The backup \(directory) has format \(version.format), this program reads up to \(currentFormat). "
            + "Restore it with the version that made it, or a newer one."
        )
      }
      let manifest = try decoder.decode(BackupManifest.self, from: bytes)
      let paths = (manifest.databases.map(\.file) + manifest.secrets + [manifest.blobList]).map(
        \.path
      )
      // A backup from elsewhere must not make a restoration write outside of the data directory.
      guard !paths.contains(where: { $0.hasPrefix("/") || $0.split(separator: "/").contains("..") })
      else {
        throw BackupError(.damaged, "\(directory)/manifest.json names files outside of the backup.")
      }
      return manifest
    } catch is DecodingError {
      throw BackupError(.damaged, "\(directory)/manifest.json is damaged. Use another backup.")
    }
  }
}

extension BackupManifest.Database {
  private enum CodingKeys: String, CodingKey {
    case context
    case rowCounts = "row_counts"
    case file
  }
}

extension BackupManifest.File {
  private enum CodingKeys: String, CodingKey {
    case path
    case sizeBytes = "size_bytes"
    case sha256
  }
}

/// One line of `blobs.txt`.
struct BlobLine: Hashable {
  let digest: Digest
  let sizeBytes: Int

  var text: String { "\(digest.hex) \(sizeBytes)\n" }

  init(digest: Digest, sizeBytes: Int) {
    self.digest = digest
    self.sizeBytes = sizeBytes
  }

  init?(_ line: some StringProtocol) {
    let parts = line.split(separator: " ")
    guard parts.count == 2, let digest = Digest(hex: parts[0]), let sizeBytes = Int(parts[1]) else {
      return nil
    }
    self.init(digest: digest, sizeBytes: sizeBytes)
  }

  static func read(from path: String) throws -> [BlobLine] {
    guard let bytes = FileManager.default.contents(atPath: path) else {
      throw BackupError(.damaged, "\(path) is missing.")
    }
    return try String(decoding: bytes, as: UTF8.self).split(separator: "\n").map { line in
      guard let line = BlobLine(line) else { throw BackupError(.damaged, "\(path) is damaged.") }
      return line
    }
  }
}

public import FoundationEssentials

/// What a look at every file of a ``BlobStore`` found.
public struct BlobCheck: Hashable, Sendable, Codable {
  /// How many names of each kind are kept; the counts are exact however many there are.
  public static let namesKept = 1000

  /// Files of one kind of trouble.
  public struct Finding: Hashable, Sendable, Codable {
    /// How many there are.
    public internal(set) var count = 0
    /// Their digests, 64 hexadecimal digits each; the first ``BlobCheck/namesKept`` of them.
    public internal(set) var digests: [String] = []

    mutating func add(_ digest: Digest) {
      count += 1
      if digests.count < BlobCheck.namesKept { digests.append(digest.hex) }
    }
  }

  /// When it began.
  public internal(set) var startedAt: Date
  /// When it ended; nil while it goes on.
  public internal(set) var finishedAt: Date?
  /// How many files were read.
  public internal(set) var files = 0
  /// How many bytes they have together.
  public internal(set) var bytes = 0
  /// Files whose content is not what their name says: a disk has failed, or somebody wrote to them.
  public internal(set) var damaged = Finding()
  /// Files that the disk does not give.
  public internal(set) var unreadable = Finding()
  /// Files that rows name and that are not there.
  public internal(set) var missing = Finding()
  /// Files old enough to have a row that have none; removing them is
  /// ``BlobStore/removeOrphans(by:writtenBefore:at:)``.
  public internal(set) var orphans = Finding()

  /// Whether every file that is needed is there as it was stored; orphans do not matter.
  public var isSound: Bool {
    damaged.count == 0 && unreadable.count == 0 && missing.count == 0
  }

  private enum CodingKeys: String, CodingKey {
    case files, bytes, damaged, unreadable, missing, orphans
    case startedAt = "started_at"
    case finishedAt = "finished_at"
  }

  init(startedAt: Date) {
    self.startedAt = startedAt
  }
}

extension BlobCheck {
  /// The check as JSON: times in ISO 8601, keys sorted.
  public var json: [UInt8] {
    get throws {
      let encoder = JSONEncoder()
      encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
      encoder.dateEncodingStrategy = .iso8601
      return Array(try encoder.encode(self))
    }
  }

  /// Reads what ``json`` wrote.
  init(json: [UInt8]) throws {
    let decoder = JSONDecoder()
    decoder.dateDecodingStrategy = .iso8601
    self = try decoder.decode(BlobCheck.self, from: Data(json))
  }
}

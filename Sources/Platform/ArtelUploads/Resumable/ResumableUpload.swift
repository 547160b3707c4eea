public import ArtelIdentifiers
import ArtelPostgres
public import ArtelWeb
public import FoundationEssentials

/// Marks the ids of uploads.
public enum MemberUpload {}

/// Names an upload that goes on where it was broken off.
public typealias UploadID = Identifier<MemberUpload>

/// A file that a member sends in pieces, or that is whole and not used yet.
public struct ResumableUpload: Sendable {
  /// Names it, and its file.
  public let id: UploadID
  /// How long the file is going to be, in bytes.
  public let sizeBytes: Int
  /// How many bytes are durable: where the next piece begins.
  public internal(set) var receivedBytes: Int
  /// What the member says about it.
  public let metadata: UploadMetadata
  /// When it is over unless it was used.
  public let expiresAt: Date

  /// Whether nothing is left to be sent.
  public var isFinished: Bool { receivedBytes == sizeBytes }

  /// The columns that ``init(_:)`` reads, in its order.
  static let columns: SQL = "id, size_bytes, received_bytes, metadata, expires_at"

  init(
    id: UploadID,
    sizeBytes: Int,
    receivedBytes: Int = 0,
    metadata: UploadMetadata,
    expiresAt: Date
  ) {
    self.id = id
    self.sizeBytes = sizeBytes
    self.receivedBytes = receivedBytes
    self.metadata = metadata
    self.expiresAt = expiresAt
  }

  init(_ row: PostgresRow) throws {
    id = try row.decode(UploadID.self, at: 0)
    sizeBytes = try row.decode(Int.self, at: 1)
    receivedBytes = try row.decode(Int.self, at: 2)
    metadata = UploadMetadata(stored: try row.decode(String.self, at: 3))
    expiresAt = try row.decode(Date.self, at: 4)
  }
}

extension ResumableUpload: JSONResource {
  /// What the document of the API calls it.
  public static let schemaName = "Upload"

  /// One that has come halfway.
  public static let examples = [
    ResumableUpload(
      id: UploadID(high: 0x019A_A4C1_7D20_7C4E, low: 0x8A55_0D9B_6A1F_3E28),
      sizeBytes: 2_481_664,
      receivedBytes: 1_048_576,
      metadata: UploadMetadata(stored: "filename cml2ZXIuanBn,filetype aW1hZ2UvanBlZw=="),
      expiresAt: Date(timeIntervalSince1970: 1_795_320_314)
    )
  ]

  /// Writes it as an object.
  public func write(to json: inout JSONWriter) {
    json.object { json in
      json.field("id", id)
      json.field("filename", metadata["filename"] ?? "")
      json.field("size_bytes", sizeBytes)
      json.field("received_bytes", receivedBytes)
      json.field("expires_at", expiresAt)
    }
  }
}

/// Where an installation keeps what is not in its databases, relative to the data directory.
public struct DataLayout: Sendable {
  /// The folder of the blob store.
  ///
  /// Default `blobs`.
  public var blobs = "blobs"

  /// The folder of secret files.
  ///
  /// Default `secrets`.
  public var secrets = "secrets"

  /// Takes the defaults.
  public init() {}
}

/// What a backup must know of a context.
public struct BackupContext: Sendable {
  /// The name of its database and its role.
  public let name: String

  /// Lists the digests of all blobs that its rows name, as one `bytea` column; nil when there are none.
  public let blobReferences: String?

  /// - `blobReferences`: One query without values, such as `select digest from pictures`.
  public init(name: String, blobReferences: String? = nil) {
    self.name = name
    self.blobReferences = blobReferences
  }
}

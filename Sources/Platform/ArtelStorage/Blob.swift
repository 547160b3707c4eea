/// What a ``BlobStore`` holds under one digest.
public struct Blob: Hashable, Sendable {
  /// Its name.
  public let digest: Digest
  /// Its length in bytes.
  public let sizeBytes: Int

  /// Describes a blob; makes none.
  public init(digest: Digest, sizeBytes: Int) {
    self.digest = digest
    self.sizeBytes = sizeBytes
  }
}

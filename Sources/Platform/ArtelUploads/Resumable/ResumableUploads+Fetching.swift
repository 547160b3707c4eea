public import ArtelIdentifiers
public import ArtelPostgres
public import ArtelStorage
import FoundationEssentials

extension ResumableUploads {
  /// Fetches a file from an address, as an upload that is whole.
  ///
  /// - Parameters:
  ///   - address: Where it is.
  ///   - fetcher: Who goes there.
  ///   - folder: Where the file is meanwhile, on the same disk.
  ///   - accepts: Whether a file with these first bytes, at most 1,024, is wanted.
  ///   - member: Whose it becomes.
  ///   - requireRoom: As for ``begin(sizeBytes:metadata:by:requireRoom:)``.
  /// - Returns: The upload.
  /// - Throws: ``FetchError``; as ``begin(sizeBytes:metadata:by:requireRoom:)``; `StorageError`.
  public func fetch(
    _ address: String,
    with fetcher: FileFetcher,
    through folder: ScratchFolder,
    accepts: @escaping @Sendable ([UInt8]) -> Bool,
    by member: Identifier<AccountsMember>,
    requireRoom: @Sendable (_ bytes: Int, Transaction) async throws -> Void
  ) async throws -> ResumableUpload {
    let path = "\(folder.path)/fetched"
    let sizeBytes = try await fetcher.fetch(
      address,
      to: path,
      limitBytes: sizeLimitBytes,
      accepts: accepts
    )
    let place = address.prefix { $0 != "?" && $0 != "#" }
    return try await keep(
      fileAt: path,
      sizeBytes: sizeBytes,
      called: String(place.split(separator: "/").last ?? ""),
      by: member,
      requireRoom: requireRoom
    )
  }

  /// Keeps a file that is on this disk as an upload that is whole; the file is gone from where it was.
  ///
  /// - Parameters:
  ///   - path: Where it is, synced.
  ///   - sizeBytes: How long it is.
  ///   - name: What it is called.
  ///   - member: Whose it becomes.
  ///   - requireRoom: As for ``begin(sizeBytes:metadata:by:requireRoom:)``.
  /// - Returns: The upload.
  /// - Throws: As ``begin(sizeBytes:metadata:by:requireRoom:)``; `StorageError`.
  private func keep(
    fileAt path: String,
    sizeBytes: Int,
    called name: String,
    by member: Identifier<AccountsMember>,
    requireRoom: @Sendable (_ bytes: Int, Transaction) async throws -> Void
  ) async throws -> ResumableUpload {
    let filename = Data(String(name.unicodeScalars.prefix(200)).utf8).base64EncodedString()
    var upload = try await begin(
      sizeBytes: sizeBytes,
      metadata: UploadMetadata(stored: filename.isEmpty ? "" : "filename \(filename)"),
      by: member,
      requireRoom: requireRoom
    )
    try await files.take(fileAt: path, as: "\(upload.id)")
    try await store(sizeBytes, of: upload)
    upload.receivedBytes = sizeBytes
    return upload
  }
}

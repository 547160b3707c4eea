import ArtelConcurrency
public import ArtelIdentifiers
import ArtelPostgres
import ArtelStorage
public import Hummingbird

extension ResumableUploads {
  /// Adds a piece to an upload as it arrives.
  ///
  /// Every mebibyte is made durable on the way, and so is the rest, also when the line breaks: the
  /// upload goes on there. A piece with a checksum counts as a whole or not at all.
  ///
  /// - Parameters:
  ///   - piece: The bytes.
  ///   - announced: How many bytes the request says there are, if it does.
  ///   - offset: Where the piece begins, which must be where the last one ended.
  ///   - checksum: The header `Upload-Checksum`; nil when there is none.
  ///   - id: The upload.
  ///   - member: Whose it is.
  /// - Returns: The upload with what is durable now.
  /// - Throws: ``UploadError``; `StorageError`; what reading the piece throws.
  public func append(
    _ piece: RequestBody,
    of announced: Int?,
    at offset: Int,
    checksum: String? = nil,
    to id: UploadID,
    of member: Identifier<AccountsMember>
  ) async throws -> ResumableUpload {
    let checksum = try checksum.map { try UploadChecksum(header: $0) }
    let (upload, file) = try await open(id, of: member) { upload in
      guard offset == upload.receivedBytes else { throw UploadError.offset(upload.receivedBytes) }
      guard announced ?? 0 <= upload.sizeBytes - offset else { throw UploadError.tooLarge }
    }
    defer { file.close() }
    var writer = UploadWriter(upload, in: file, checksum: checksum, of: self)
    do {
      for try await bytes in piece { try await writer.add(bytes.readableBytesView) }
    } catch {
      // In a task of its own: the line broke, and the request is being cancelled.
      let left = writer
      await Task { try? await left.keep() }.value
      throw error
    }
    return try await writer.finish()
  }

  /// Stores how far an upload has come.
  func store(_ receivedBytes: Int, of upload: ResumableUpload) async throws {
    let stored = try await db.write(
      """
      update uploads.uploads set received_bytes = \(receivedBytes)
      where id = \(upload.id) and received_bytes = \(upload.receivedBytes)
        and expires_at > \(clock.now())
      """
    )
    guard stored.affectedCount == 1 else { throw UploadError.expired }
  }
}

/// One request's turn at writing to an upload.
private struct UploadWriter: Sendable {
  /// Bytes gathered before a thread writes them.
  private static let bufferBytes = 256 << 10
  /// So many bytes are lost at most when the server is killed: each time costs a sync of the disk and
  /// a commit.
  private static let keptEveryBytes = 1 << 20

  private var upload: ResumableUpload
  private let file: PartialFile
  private var checksum: UploadChecksum?
  private let uploads: ResumableUploads
  private var buffer: [UInt8] = []
  private var writtenBytes: Int

  init(
    _ upload: ResumableUpload,
    in file: PartialFile,
    checksum: UploadChecksum?,
    of uploads: ResumableUploads
  ) {
    self.upload = upload
    self.file = file
    self.checksum = checksum
    self.uploads = uploads
    writtenBytes = upload.receivedBytes
  }

  /// Takes the next bytes.
  ///
  /// - Throws: ``UploadError/tooLarge`` when they go beyond the end; those before may be kept.
  mutating func add(_ bytes: some Collection<UInt8>) async throws {
    guard bytes.count <= upload.sizeBytes - writtenBytes - buffer.count else {
      throw UploadError.tooLarge
    }
    buffer.append(contentsOf: bytes)
    guard buffer.count >= Self.bufferBytes else { return }
    try await write()
    if checksum == nil, writtenBytes - upload.receivedBytes >= Self.keptEveryBytes {
      try await store()
    }
  }

  /// Makes the rest durable.
  ///
  /// - Throws: ``UploadError/checksum``; nothing of the piece counts then.
  mutating func finish() async throws -> ResumableUpload {
    try await write()
    guard checksum?.isRight ?? true else { throw UploadError.checksum }
    try await store()
    return upload
  }

  /// Makes durable what arrived of a piece that was broken off, unless it has a checksum.
  func keep() async throws {
    guard checksum == nil else { return }
    var writer = self
    try await writer.write()
    try await writer.store()
  }

  private mutating func write() async throws {
    guard !buffer.isEmpty else { return }
    try await file.append(buffer)
    checksum?.add(buffer)
    writtenBytes += buffer.count
    buffer = []
  }

  private mutating func store() async throws {
    guard writtenBytes > upload.receivedBytes else { return }
    try await file.sync()
    try await uploads.store(writtenBytes, of: upload)
    upload.receivedBytes = writtenBytes
  }
}

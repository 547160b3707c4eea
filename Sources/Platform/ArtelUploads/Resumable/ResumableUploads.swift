public import ArtelConcurrency
public import ArtelIdentifiers
public import ArtelPostgres
public import ArtelStorage
import FoundationEssentials

/// Files that members send in pieces, so that a broken line costs a piece and not the whole.
///
/// What was acknowledged is durable: a piece is synced to disk, then its end stored in
/// `uploads.uploads` of the context's database, then told. A killed server goes on there; what its file
/// has behind it is cut off. One request at a time writes to an upload, on whichever node. An upload is
/// over 24 hours after its creation, or when it was used.
///
/// Source: tus 1.0.0 (core, creation, expiration, checksum, termination).
public struct ResumableUploads: Sendable {
  /// How long after its creation an upload can be used: 24 hours.
  static let lifetime: TimeInterval = 86_400

  /// How many uploads of one member may be under way.
  static let countLimit = 100

  let db: Database
  let files: PartialFiles
  let clock: WallClock

  /// The longest upload, in bytes.
  public let sizeLimitBytes: Int

  /// Makes the uploads of one context.
  ///
  /// - Parameters:
  ///   - db: Its database, which has the part's table.
  ///   - files: Where the pieces are put together.
  ///   - sizeLimitBytes: The longest upload, in bytes.
  ///   - clock: Tells when uploads are over.
  public init(db: Database, files: PartialFiles, sizeLimitBytes: Int, clock: WallClock) {
    self.db = db
    self.files = files
    self.sizeLimitBytes = sizeLimitBytes
    self.clock = clock
  }

  /// Creates an upload of which nothing is there yet.
  ///
  /// - Parameters:
  ///   - sizeBytes: How long the file is, in bytes.
  ///   - metadata: What the client says about it.
  ///   - member: Whose it is.
  ///   - requireRoom: Throws when so many bytes are too much for the member: those of this and of
  ///     all others of theirs that are under way, which nobody adds to meanwhile.
  /// - Returns: The upload.
  /// - Throws: ``UploadError/tooLarge``, ``UploadError/tooMany``; what `requireRoom` throws.
  public func begin(
    sizeBytes: Int,
    metadata: UploadMetadata = .none,
    by member: Identifier<AccountsMember>,
    requireRoom: @Sendable (_ bytes: Int, Transaction) async throws -> Void
  ) async throws -> ResumableUpload {
    guard sizeBytes <= sizeLimitBytes else { throw UploadError.tooLarge }
    let now = clock.now()
    let upload = ResumableUpload(
      id: .generate(),
      sizeBytes: sizeBytes,
      metadata: metadata,
      expiresAt: now + Self.lifetime
    )
    try await db.transaction { tx in
      // Two of one member at a time would both find the room that is enough for one.
      _ = try await tx.write(
        "select pg_advisory_xact_lock(hashtextextended(\("uploads \(member)"), 0))"
      )
      let taken = try await tx.read(
        """
        select count(*), coalesce(sum(size_bytes), 0)::bigint from uploads.uploads
        where member_id = \(member) and expires_at > \(now)
        """
      )
      let (count, bytes) =
        try taken.first.map {
          (try $0.decode(Int.self, at: 0), try $0.decode(Int.self, at: 1))
        } ?? (0, 0)
      guard count < Self.countLimit else { throw UploadError.tooMany }
      try await requireRoom(bytes + sizeBytes, tx)
      _ = try await tx.write(
        """
        insert into uploads.uploads (id, member_id, size_bytes, metadata, begun_at, expires_at)
        values (\(upload.id), \(member), \(sizeBytes), \(metadata.text), \(now), \(upload.expiresAt))
        """
      )
    }
    return upload
  }

  /// An upload of a member.
  ///
  /// - Throws: ``UploadError/unknown``, also for one of somebody else; ``UploadError/expired``.
  public func find(
    _ id: UploadID,
    of member: Identifier<AccountsMember>
  ) async throws -> ResumableUpload {
    let rows = try await db.read(
      """
      select \(ResumableUpload.columns) from uploads.uploads
      where id = \(id) and member_id = \(member)
      """
    )
    guard let row = rows.first else { throw UploadError.unknown }
    let upload = try ResumableUpload(row)
    guard upload.expiresAt > clock.now() else { throw UploadError.expired }
    return upload
  }

  /// Gives an upload up, whole or not, with its file.
  ///
  /// - Throws: ``UploadError/unknown``, ``UploadError/expired``.
  public func cancel(_ id: UploadID, of member: Identifier<AccountsMember>) async throws {
    _ = try await find(id, of: member)
    let deleted = try await db.write(
      "delete from uploads.uploads where id = \(id) and member_id = \(member)"
    )
    guard deleted.affectedCount == 1 else { throw UploadError.unknown }
    try await files.remove("\(id)")
  }

  /// Opens the file of an upload where it has come to, and holds it.
  ///
  /// `check` throws when the upload, as it stands, is not what the caller can go on with.
  ///
  /// - Throws: ``UploadError/busy`` while another request holds it; ``UploadError/expired`` when the
  ///   file is gone, as after a restored backup; as ``find(_:of:)``, and what `check` throws.
  func open(
    _ id: UploadID,
    of member: Identifier<AccountsMember>,
    _ check: (ResumableUpload) throws -> Void
  ) async throws -> (ResumableUpload, PartialFile) {
    let before = try await find(id, of: member)
    try check(before)
    do {
      let file = try await files.open("\(id)", making: before.receivedBytes == 0)
      // Whoever held it until now may have gone further, or used it up.
      let upload = try await find(id, of: member)
      try check(upload)
      try await file.rewind(to: upload.receivedBytes)
      return (upload, file)
    } catch let error as StorageError where error.code == .busy {
      throw UploadError.busy
    } catch let error as StorageError where error.code == .missing {
      throw UploadError.expired
    }
  }
}

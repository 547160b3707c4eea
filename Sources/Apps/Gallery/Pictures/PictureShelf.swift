public import ArtelPictures
import ArtelPostgres
public import ArtelStorage
import ArtelWeb
import NIOCore

/// Where Gallery's pictures are kept, and the workshop that prepares them.
public struct PictureShelf: Sendable {
  let blobs: BlobStore
  let workshop: PictureWorkshop

  /// What a picture may be at most.
  let limits: PictureLimits

  /// Makes a shelf on a store that nobody else uses.
  public init(blobs: BlobStore, workshop: PictureWorkshop, limits: PictureLimits) {
    self.blobs = blobs
    self.workshop = workshop
    self.limits = limits
  }

  /// Writes an upload to disk as it arrives; nothing can be seen of it.
  ///
  /// An attempt is told of every piece.
  func receive(_ file: MultipartFile, _ attempt: IdempotentAttempt?) async throws -> BlobUpload {
    let upload = try await blobs.begin(limitBytes: limits.sizeBytes)
    do {
      for try await chunk in file {
        attempt?.add(chunk)
        try await upload.append(chunk.readableBytesView)
      }
    } catch {
      await upload.cancel()
      throw error
    }
    return upload
  }

  /// Cleans the picture and makes its copies, in a folder that goes when it is released; the upload
  /// is used up.
  func prepare(_ upload: BlobUpload) async throws -> Prepared {
    do {
      let prepared = try await prepare(fileAt: try await upload.flush())
      await upload.cancel()
      return prepared
    } catch {
      await upload.cancel()
      throw error
    }
  }

  /// Cleans a picture and makes its copies; the file stays.
  func prepare(fileAt path: String) async throws -> Prepared {
    let folder = try await blobs.makeScratchFolder()
    do {
      let picture = try await workshop.prepare(fileAt: path, into: folder.path, limits: limits)
      return Prepared(picture: picture, folder: folder)
    } catch {
      await folder.remove()
      throw error
    }
  }

  /// A cleaned picture with its copies, not stored yet.
  struct Prepared {
    let picture: PreparedPicture
    let folder: ScratchFolder
  }

  /// Removes those of the files that no post uses any more.
  func removeUnused(_ digests: [Bytea], in db: Database) async throws {
    let digests = Set(digests).compactMap { Digest(bytes: $0.bytes) }
    try await blobs.remove(unreferenced: digests, by: [PictureShelf.references(in: db)])
  }

  /// Which files the posts of a database name, and the lock that ``holdFiles(in:)`` shares.
  static func references(in db: Database) -> BlobReferences {
    BlobReferences(
      named: { digests in
        let candidates = digests.map { Bytea($0.bytes) }
        let named = try await db.read(
          """
          select digest from unnest(\(candidates)) as candidate (digest)
          where exists (select from posts where image_digest = digest)
            or exists (select from thumbnails where thumbnails.digest = candidate.digest)
          """
        )
        return Set(
          try named.compactMap { Digest(bytes: try $0.decode(Bytea.self, at: 0).bytes) }
        )
      },
      page: { last, limit in
        let page = try await db.read(PictureShelf.page(of: last, limit: limit))
        return try page.compactMap { Digest(bytes: try $0.decode(Bytea.self, at: 0).bytes) }
      },
      withoutWriters: { body in
        try await db.transaction { tx in
          // Later writers queue behind this wait, so it must not last as long as a hung writer.
          _ = try await tx.write("set local lock_timeout = '5s'")
          _ = try await tx.write("select pg_advisory_xact_lock(\(PictureShelf.lockKey))")
          try await body()
        }
      }
    )
  }

  /// The digests that rows name, behind `last`.
  ///
  /// Each half comes from its index, so that a page costs the same however many there are.
  static func page(of last: Digest?, limit: Int) -> SQL {
    let last = Bytea(last?.bytes ?? [])
    return """
      (select distinct image_digest as digest from posts where image_digest > \(last)
        order by digest limit \(limit))
      union
      (select distinct digest from thumbnails where digest > \(last)
        order by digest limit \(limit))
      order by digest limit \(limit)
      """
  }

  /// Keeps files from being removed until the transaction ends; call it before storing any.
  func holdFiles(in tx: Transaction) async throws {
    _ = try await tx.write("select pg_advisory_xact_lock_shared(\(PictureShelf.lockKey))")
  }

  /// Any number that no other lock of this database has.
  private static let lockKey = 7_130_316_248_190_041
}

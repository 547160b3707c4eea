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
  ///
  /// Publishing holds the same lock in shared mode from before it stores a file until its post is
  /// committed, so a file is never removed between the two.
  func removeUnused(_ digests: [Bytea], in db: Database) async throws {
    try await db.transaction { tx in
      _ = try await tx.write("select pg_advisory_xact_lock(\(PictureShelf.lockKey))")
      let used = try await tx.read(
        """
        select digest from unnest(\(digests)) as candidate (digest)
        where exists (select from posts where image_digest = digest)
          or exists (select from thumbnails where thumbnails.digest = candidate.digest)
        """
      )
      let kept = Set(try used.map { try $0.decode(Bytea.self, at: 0) })
      for digest in Set(digests).subtracting(kept) {
        guard let digest = Digest(bytes: digest.bytes) else { continue }
        try await blobs.remove(digest)
      }
    }
  }

  /// Keeps files from being removed until the transaction ends.
  func holdFiles(in tx: Transaction) async throws {
    _ = try await tx.write("select pg_advisory_xact_lock_shared(\(PictureShelf.lockKey))")
  }

  /// Any number that no other lock of this database has.
  private static let lockKey = 7_130_316_248_190_041
}

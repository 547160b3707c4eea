public import ArtelPictures
public import ArtelPostgres
public import ArtelStorage
public import ArtelWeb
public import Hummingbird

/// Where an app keeps the pictures that members send, and the workshop that prepares them.
///
/// Receive, prepare, hold the files in a transaction, adopt them, name them by rows, and remove what
/// no row names any more.
public struct PictureShelf: Sendable {
  /// Where the files are; shared with the other apps of the installation.
  public let blobs: BlobStore

  /// What a picture may be at most.
  public let limits: PictureLimits

  private let workshop: PictureWorkshop
  private let copies: PictureCopies
  private let contexts: [BlobReferences]

  /// Makes the shelf of an app.
  ///
  /// - Parameters:
  ///   - blobs: Where the files are.
  ///   - workshop: What cleans and shrinks pictures.
  ///   - copies: The sizes it makes; default those of a gallery.
  ///   - limits: What a picture may be at most.
  ///   - contexts: All that keep files in `blobs`, in the same order for every app: a file goes when
  ///     none of them names it.
  public init(
    blobs: BlobStore,
    workshop: PictureWorkshop,
    copies: PictureCopies = .gallery,
    limits: PictureLimits,
    contexts: [BlobReferences]
  ) {
    self.blobs = blobs
    self.workshop = workshop
    self.copies = copies
    self.limits = limits
    self.contexts = contexts
  }

  /// Reads a multipart request with pictures called `image` and the fields of a form.
  ///
  /// The pictures are written to disk as they arrive, one more than `count` at most: enough to know that
  /// there are too many. Nothing can be seen of them.
  ///
  /// - Parameters:
  ///   - request: The request.
  ///   - count: How many pictures are expected at most; default 1.
  ///   - attempt: Told of every piece; decides whether the request goes on.
  /// - Returns: The pictures, each to be used up or cancelled, and the fields.
  /// - Throws: ``PictureRefusals`` for one that is too large, `MultipartError`, `StorageError`, what the
  ///   attempt throws; nothing is left then.
  public func receive(
    _ request: Request,
    atMost count: Int = 1,
    _ attempt: IdempotentAttempt? = nil
  ) async throws -> ([SentPicture], FormSource) {
    var pictures: [SentPicture] = []
    do {
      let limits = MultipartLimits(fileBytes: limits.sizeBytes, files: count)
      let fields = try await request.multipart(limits: limits) { file in
        guard file.name == "image", pictures.count <= count else { return }
        let upload = try await receive(file, attempt)
        pictures.append(SentPicture(upload: upload, fileName: file.filename))
      }
      attempt?.add(fields)
      try await attempt?.proceed()
      return (pictures, fields)
    } catch {
      for picture in pictures { await picture.upload.cancel() }
      let tooLarge = PictureError.tooLarge(limitBytes: limits.sizeBytes)
      switch error {
      case MultipartError.fileTooLarge(_, let name):
        throw PictureRefusals([(count == 1 || name.isEmpty ? nil : name, tooLarge)])
      case MultipartError.bodyTooLarge: throw PictureRefusals([(nil, tooLarge)])
      default: throw error
      }
    }
  }

  private func receive(_ file: MultipartFile, _ attempt: IdempotentAttempt?) async throws
    -> BlobUpload
  {
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

  /// The one picture of a form.
  ///
  /// - Throws: ``PictureCountError``; the pictures are cancelled then.
  public func only(of pictures: [SentPicture]) async throws -> BlobUpload {
    guard pictures.count < 2 else {
      for picture in pictures { await picture.upload.cancel() }
      throw PictureCountError.several
    }
    guard let picture = pictures.first else { throw PictureCountError.none }
    return picture.upload
  }

  /// Cleans pictures and makes their copies, two at a time; the uploads are used up.
  ///
  /// - Returns: The pictures in the order in which they were sent.
  /// - Throws: ``PictureRefusals`` that name each picture that is refused, `StorageError`; nothing is
  ///   left then.
  public func prepare(_ pictures: [SentPicture]) async throws -> [Prepared] {
    let outcomes = await outcomes(of: pictures)
    let failures = outcomes.compactMap { outcome -> (any Error)? in
      if case .failure(let error) = outcome { error } else { nil }
    }
    guard failures.isEmpty else {
      for case .success(let prepared) in outcomes { await prepared.folder.remove() }
      throw PictureRefusals(of: pictures, outcomes) ?? failures[0]
    }
    return try outcomes.map { try $0.get() }
  }

  private func outcomes(of pictures: [SentPicture]) async -> [Result<Prepared, any Error>] {
    await withTaskGroup(of: (Int, Result<Prepared, any Error>).self) { group in
      var outcomes: [Int: Result<Prepared, any Error>] = [:]
      for (index, picture) in pictures.enumerated() {
        // As many as there are workers: more would only wait, and be told that it is busy.
        if index >= 2, let (place, outcome) = await group.next() { outcomes[place] = outcome }
        group.addTask {
          do {
            return (index, .success(try await prepare(picture.upload)))
          } catch {
            return (index, .failure(error))
          }
        }
      }
      for await (place, outcome) in group { outcomes[place] = outcome }
      return pictures.indices.compactMap { outcomes[$0] }
    }
  }

  /// Cleans the picture and makes its copies, in a folder that goes when it is released; the upload
  /// is used up.
  ///
  /// - Throws: `PictureError`, `StorageError`; nothing is left then.
  public func prepare(_ upload: BlobUpload) async throws -> Prepared {
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
  ///
  /// - Throws: `PictureError`, `StorageError`; nothing is left then.
  public func prepare(fileAt path: String) async throws -> Prepared {
    let folder = try await blobs.makeScratchFolder()
    do {
      let picture = try await workshop.prepare(
        fileAt: path,
        into: folder.path,
        copies: copies,
        limits: limits
      )
      let sent = try await blobs.digest(ofFileAt: path)
      return Prepared(picture: picture, sent: Bytea(sent.bytes), folder: folder)
    } catch {
      await folder.remove()
      throw error
    }
  }

  /// A cleaned picture with its copies, not stored yet.
  public struct Prepared: Sendable {
    /// The files.
    public let picture: PreparedPicture
    /// The SHA-256 of the file as it was sent, 32 bytes.
    public let sent: Bytea
    /// Where they are until they are stored; to be removed afterwards.
    public let folder: ScratchFolder
  }

  /// Keeps files from being removed until the transaction ends; call it before storing any.
  public func holdFiles(in tx: Transaction) async throws {
    _ = try await tx.write("select pg_advisory_xact_lock_shared(\(BlobReferences.lockKey))")
  }

  /// Removes those of the files that no row of any app names.
  ///
  /// - Throws: `StorageError`, `PostgresError`; the nightly round removes what is left.
  public func removeUnused(_ digests: [Bytea]) async throws {
    let digests = Set(digests).compactMap { Digest(bytes: $0.bytes) }
    guard !digests.isEmpty else { return }
    try await blobs.remove(unreferenced: digests, by: contexts)
  }
}

import ArtelIdentifiers
import ArtelModel
import ArtelPictures
import ArtelPostgres
import ArtelStorage
import ArtelUploads
import Foundation
import GalleryContract

/// Pictures of a post whose files are stored and whose rows are not.
struct StoredPictures: Sendable {
  /// In their order, the first at position 1.
  var pictures: [Picture] = []
  var thumbnails: [Thumbnail] = []

  /// What the member stores with them, copies included.
  var bytes: Int {
    pictures.reduce(0) { $0 + $1.bytes } + thumbnails.reduce(0) { $0 + $1.bytes }
  }

  /// Inserts the rows behind the pictures that the post has already; two statements.
  ///
  /// - Returns: The pictures with their places.
  func insert(after count: Int = 0, in tx: Transaction) async throws -> [Picture] {
    var placed = pictures
    for index in placed.indices { placed[index].position = count + index + 1 }
    try await tx.insert(contentsOf: placed)
    try await tx.insert(contentsOf: thumbnails)
    return placed
  }
}

extension Gallery {
  /// Stores prepared pictures of a post, and their rows by `body`, together or not at all.
  ///
  /// The first of `alts` belongs to the first picture; missing ones are empty. In a task of its own: a
  /// caller who goes away must not leave files without rows. The prepared pictures are used up.
  ///
  /// - Throws: ``BannedPicture``; what `body` throws.
  func store<Value: Sendable>(
    _ prepared: [PictureShelf.Prepared],
    of post: PostID,
    alts: [String],
    at now: Date,
    _ body: @escaping @Sendable (StoredPictures, Transaction) async throws -> Value
  ) async throws -> Value {
    do {
      let value = try await Task {
        try await keep(prepared, of: post, alts: alts, at: now, body)
      }.value
      for picture in prepared { await picture.folder.remove() }
      return value
    } catch {
      for picture in prepared { await picture.folder.remove() }
      throw error
    }
  }

  private func keep<Value: Sendable>(
    _ prepared: [PictureShelf.Prepared],
    of post: PostID,
    alts: [String],
    at now: Date,
    _ body: @Sendable (StoredPictures, Transaction) async throws -> Value
  ) async throws -> Value {
    var files: [Bytea] = []
    do {
      return try await db.transaction { tx in
        try await pictures.holdFiles(in: tx)
        reached(.publishingBegun)
        let stored = try await adopt(prepared, of: post, alts: alts, at: now, noting: &files)
        try await stored.requireNoneBanned(sent: prepared.map(\.sent), in: tx)
        return try await body(stored, tx)
      }
    } catch {
      try? await pictures.removeUnused(files)
      throw error
    }
  }

  /// Stores the files of prepared pictures, in a transaction that holds files; their rows are the caller's
  /// to insert, and the files to remove when that fails: `files` has all that were stored.
  func adopt(
    _ prepared: [PictureShelf.Prepared],
    of post: PostID,
    alts: [String] = [],
    at now: Date,
    noting files: inout [Bytea]
  ) async throws -> StoredPictures {
    var stored = StoredPictures()
    for (index, prepared) in prepared.enumerated() {
      let alt = index < alts.count ? alts[index] : ""
      let picture = try await adopt(prepared.picture, of: post, alt, at: now, noting: &files)
      stored.pictures.append(picture)
      stored.thumbnails += try await copies(of: prepared.picture, for: picture, noting: &files)
    }
    return stored
  }

  private func adopt(
    _ prepared: PreparedPicture,
    of post: PostID,
    _ alt: String,
    at now: Date,
    noting files: inout [Bytea]
  ) async throws -> Picture {
    let blob = try await pictures.blobs.adopt(fileAt: prepared.original.path)
    files.append(Bytea(blob.digest.bytes))
    reached(.pictureStored)
    return Picture(
      postID: post,
      position: 1,
      digest: Bytea(blob.digest.bytes),
      type: ImageType(prepared.format),
      bytes: blob.sizeBytes,
      width: prepared.original.widthPixels,
      height: prepared.original.heightPixels,
      frames: prepared.frames,
      alt: alt,
      createdAt: now,
      updatedAt: now,
      placeholder: prepared.placeholder.map { Bytea($0) }
    )
  }

  private func copies(
    of prepared: PreparedPicture,
    for picture: Picture,
    noting files: inout [Bytea]
  ) async throws -> [Thumbnail] {
    var thumbnails: [Thumbnail] = []
    for copy in prepared.thumbnails {
      let blob = try await pictures.blobs.adopt(fileAt: copy.file.path)
      files.append(Bytea(blob.digest.bytes))
      reached(.copyStored)
      thumbnails.append(
        Thumbnail(
          pictureID: picture.id,
          size: copy.boxPixels,
          digest: Bytea(blob.digest.bytes),
          width: copy.file.widthPixels,
          height: copy.file.heightPixels,
          bytes: blob.sizeBytes
        )
      )
    }
    return thumbnails
  }
}

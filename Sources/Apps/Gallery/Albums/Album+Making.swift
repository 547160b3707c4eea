import AccountsContract
import ArtelConcurrency
import ArtelModel
import ArtelPostgres
import ArtelWeb
import FoundationEssentials
import GalleryContract

extension Gallery {
  /// Makes an empty album.
  ///
  /// `attempt` stores the answer with the album; nil when the request has no `Idempotency-Key`.
  ///
  /// - Throws: ``MemberError/departed``.
  func makeAlbum(
    _ form: AlbumForm,
    by owner: MemberID,
    _ attempt: IdempotentAttempt? = nil
  ) async throws -> AlbumEntry {
    try await attempt?.proceed()
    try await Member.meet(owner, through: accounts, in: db)
    let now = clock.now()
    return try await db.transaction { tx in
      let album = try await tx.insert(
        Album(
          ownerID: owner,
          name: form.name,
          description: form.description,
          visibility: form.visibility,
          createdAt: now,
          updatedAt: now
        )
      )
      let member = try await Member.find(owner, in: tx)
      // Looked at after the album has taken hold of the row: who departs later waits for this commit.
      guard member.departedAt == nil else { throw MemberError.departed }
      let entry = AlbumEntry(album: album, owner: member)
      let resource = AlbumResource(entry: entry)
      try await attempt?.store(created: resource, at: resource.path, in: tx)
      return entry
    }
  }

  /// Changes the words or the visibility of an album that the editor may see.
  ///
  /// - Throws: `RowNotFound`; ``AlbumError/notOwner``.
  func change(_ id: AlbumID, _ changes: AlbumChangeForm, by editor: MemberID) async throws {
    try await db.transaction { tx in
      let album = try await Album.open(id, by: editor, in: tx)
      try await album.change(changes, at: clock.now(), in: tx)
    }
  }

  /// Deletes an album that the editor may see; its posts stay.
  ///
  /// Begins again after a deadlock: who deletes several posts of it locks their places in any order.
  ///
  /// - Throws: `RowNotFound`; ``AlbumError/notOwner``.
  func delete(_ id: AlbumID, by editor: MemberID) async throws {
    try await db.transaction(retry: .retryable) { tx in
      let album = try await Album.open(id, by: editor, in: tx)
      try await Album.delete([album], in: tx)
    }
  }
}

extension Album {
  /// Finds and locks an album to change it.
  ///
  /// - Throws: `RowNotFound` when the editor may not see it; ``AlbumError/notOwner``.
  static func open(
    _ id: AlbumID,
    by editor: MemberID,
    in tx: Transaction
  ) async throws -> Album {
    let album = try await Album.query.visible(to: editor).forUpdate().find(id, in: tx)
    guard album.isEditable(by: editor) else { throw AlbumError.notOwner }
    return album
  }

  fileprivate func change(
    _ changes: AlbumChangeForm,
    at now: Date,
    in tx: Transaction
  ) async throws {
    let name = changes.name.value(or: name)
    let description = changes.description.value(or: description)
    let visibility = changes.visibility.value(or: visibility)
    guard
      name != self.name || description != self.description || visibility != self.visibility
    else { return }
    try await Album.update {
      $0.name = name
      $0.description = description
      $0.visibility = visibility
      $0.updatedAt = max(now, self.updatedAt.addingTimeInterval(1e-6))
    }
    .where { $0.id == id }
    .run(in: tx)
  }

  /// Deletes albums, whatever is in them; one statement.
  static func delete(_ albums: [Album], in tx: Transaction) async throws {
    guard !albums.isEmpty else { return }
    _ = try await Album.where { $0.id.in(albums.map(\.id)) }.delete(in: tx)
  }
}

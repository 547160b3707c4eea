import AccountsContract
import ArtelConcurrency
import ArtelModel
import ArtelPostgres
import ArtelUploads
import ArtelWeb
import GalleryContract
import Logging

extension Gallery {
  /// Adds prepared pictures to a post that the editor may see; the prepared pictures are used up.
  ///
  /// `attempt` stores the answer with them; nil when the request has no `Idempotency-Key`.
  func add(
    _ prepared: [PictureShelf.Prepared],
    alts: [String],
    to id: PostID,
    by editor: MemberID,
    _ attempt: IdempotentAttempt? = nil
  ) async throws -> PostInFull {
    let now = clock.now()
    let sent = prepared.map(\.sent)
    let result = try await store(prepared, of: id, alts: alts, at: now) {
      stored,
      tx async throws in
      let post = try await Post.query.visible(to: editor).forUpdate().find(id, in: tx)
      _ = try await post.add(stored, by: editor, at: now, in: tx)
      try await SentFile.note(sent, of: id, by: editor, in: tx)
      try await MemberUsage.add(stored.bytes, to: editor, limit: memberQuotaBytes, in: tx)
      let result = try await Post.query.inFull(for: editor).find(id, in: tx)
      let resource = FullPostResource(result)
      try await attempt?.store(created: resource, at: resource.path, in: tx)
      reached(.postChanged)
      return result
    }
    reached(.changeCommitted)
    return result
  }

  /// Changes a picture of a post that the editor may see.
  func change(
    _ picture: PictureID,
    of id: PostID,
    _ changes: PictureChangeForm,
    by editor: MemberID
  ) async throws -> PostInFull {
    let result = try await db.transaction { tx in
      let post = try await Post.query.visible(to: editor).forUpdate().find(id, in: tx)
      try await post.change(picture, changes, by: editor, at: clock.now(), in: tx)
      reached(.postChanged)
      return try await Post.query.inFull(for: editor).find(id, in: tx)
    }
    reached(.changeCommitted)
    return result
  }

  /// Takes a picture away from a post that the editor may see, and then the files that nobody needs any
  /// more.
  func remove(_ picture: PictureID, of id: PostID, by editor: MemberID) async throws {
    // In a task of its own: a caller who goes away must not leave files without a picture.
    try await Task {
      let files = try await db.transaction { tx in
        let post = try await Post.query.visible(to: editor).forUpdate().find(id, in: tx)
        let files = try await post.remove(picture, by: editor, at: clock.now(), in: tx)
        reached(.postChanged)
        return files
      }
      reached(.changeCommitted)
      await removeFiles(files)
    }.value
  }

  /// Removes the files that nobody needs any more.
  func removeFiles(_ files: [Bytea]) async {
    do {
      try await pictures.removeUnused(files)
    } catch {
      // What was asked for is done; the next start removes the files.
      logger.warning("Files of pictures were not removed", metadata: ["error": "\(error)"])
    }
    reached(.filesRemoved)
  }
}

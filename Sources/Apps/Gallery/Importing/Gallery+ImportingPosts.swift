import AccountsContract
import ArtelConcurrency
import ArtelEvents
public import ArtelIdentifiers
public import ArtelImports
import ArtelModel
import ArtelPictures
import ArtelPostgres
import ArtelStorage
import ArtelUploads
import Foundation
import GalleryContract

extension Gallery {
  /// Publishes posts of another system under their old times; the files of their pictures stay.
  ///
  /// Each picture goes the way of one that is uploaded. Posts whose picture is none are refused, and so are
  /// those whose author is gone. What is too long is cut; at most ten tags are kept. Pictures count for the
  /// room of their members and may go beyond it. Search learns of the posts, open feeds and the bell do not.
  /// Posts have the id that they had there, unless it is another's.
  ///
  /// Cost: two pictures at a time, and then 19 statements, however many posts; twenty are a good number.
  ///
  /// - Throws: What is not a picture's fault: `PictureError`, `StorageError`, `PostgresError`; none of the
  ///   posts was taken then.
  public func importPosts(_ posts: [PostToImport]) async throws -> ImportTally {
    var tally = ImportTally()
    let known = try await ImportKind.post.known(posts.map(\.id), as: PostID.self, in: db)
    let fresh = posts.filter { known[$0.id] == nil }
    tally.known = posts.count - fresh.count
    let prepared = try await prepare(fresh, &tally)
    // In a task of its own: a caller who goes away must not leave files without rows.
    let outcome = await Task { try await take(prepared) }.result
    for post in prepared { await post.picture.folder.remove() }
    return tally.adding(try outcome.get())
  }

  /// Which posts of another system are here already, also those deleted since; one statement.
  public func importedPosts(_ posts: [ForeignID]) async throws -> Set<ForeignID> {
    Set(try await ImportKind.post.known(posts, as: PostID.self, in: db).keys)
  }

  /// Cleans the pictures, two at a time, and leaves out posts whose picture is none.
  private func prepare(
    _ posts: [PostToImport],
    _ tally: inout ImportTally
  ) async throws -> [PreparedPost] {
    let outcomes = await withTaskGroup(of: (Int, Result<PictureShelf.Prepared, any Error>).self) {
      group in
      var outcomes: [Int: Result<PictureShelf.Prepared, any Error>] = [:]
      for (index, post) in posts.enumerated() {
        if index >= 2, let (place, outcome) = await group.next() { outcomes[place] = outcome }
        group.addTask { [pictures] in
          do {
            return (index, .success(try await pictures.prepare(fileAt: post.path)))
          } catch {
            return (index, .failure(error))
          }
        }
      }
      for await (place, outcome) in group { outcomes[place] = outcome }
      return outcomes
    }
    var prepared: [PreparedPost] = []
    var failure: (any Error)?
    for (index, post) in posts.enumerated() {
      switch outcomes[index] {
      case .success(let picture): prepared.append(PreparedPost(post: post, picture: picture))
      case .failure(let error as PictureError) where error.isCallersFault:
        tally.refuse(.post, post.id, "picture_\(error.code)", post.path)
      case .failure(let error): failure = error
      case nil: continue
      }
    }
    if let failure {
      for post in prepared { await post.picture.folder.remove() }
      throw failure
    }
    return prepared
  }

  private func take(_ posts: [PreparedPost]) async throws -> ImportTally {
    guard !posts.isEmpty else { return ImportTally() }
    var files: [Bytea] = []
    do {
      return try await db.transaction { tx in
        try await ImportKind.hold(in: tx)
        try await pictures.holdFiles(in: tx)
        return try await store(posts, noting: &files, in: tx)
      }
    } catch {
      try? await pictures.removeUnused(files)
      throw error
    }
  }

  private func store(
    _ posts: [PreparedPost],
    noting files: inout [Bytea],
    in tx: Transaction
  ) async throws -> ImportTally {
    var tally = ImportTally()
    // Asked again: another import may have been faster.
    let known = try await ImportKind.post.known(posts.map(\.post.id), as: PostID.self, in: tx)
    tally.known = known.count
    let authors = try await Member.meet(posts.map(\.post.author), through: accounts, in: tx)
    let occupied = try await Post.occupied(posts.map(\.post.id), in: tx)
    let banned = try await BannedFile.among(posts.map(\.picture.sent), in: tx)
    var tags = try await ImportedTags(of: posts.map(\.post), in: tx)
    var taken: [ImportedPost] = []
    var seen: Set<ForeignID> = []
    for prepared in posts where known[prepared.post.id] == nil {
      let post = prepared.post
      guard seen.insert(post.id).inserted else { continue }
      guard authors.contains(post.author) else {
        tally.refuse(.post, post.id, "member_missing")
        continue
      }
      guard !banned.contains(prepared.picture.sent) else {
        tally.refuse(.post, post.id, "picture_banned", post.path)
        continue
      }
      let same = PostID(high: post.id.high, low: post.id.low)
      let id = occupied.contains(same) ? PostID.generate() : same
      let time = ForeignText.time(post.createdAt, now: clock.now()).time
      let stored = try await adopt([prepared.picture], of: id, at: time, noting: &files)
      let row = Post(post, id: id, with: stored, now: clock.now(), &tally)
      taken.append(
        ImportedPost(source: post.id, post: row, stored: stored, sent: prepared.picture.sent)
      )
      tags.give(post.tags, to: row, of: post.id, &tally)
    }
    try await ImportedPost.insert(taken, tags, in: tx)
    tally.taken = taken.count
    return tally
  }
}

/// A post of another system whose picture is ready to be stored.
private struct PreparedPost: Sendable {
  let post: PostToImport
  let picture: PictureShelf.Prepared
}

extension Post {
  /// Which of the ids of another system are those of posts here, whatever became of them.
  fileprivate static func occupied(_ ids: [ForeignID], in tx: Transaction) async throws -> Set<
    PostID
  > {
    let rows = try await tx.read(
      "select id from posts where id = any(array(select unnest(\(ids))))"
    )
    return Set(try rows.map { try $0.decode(PostID.self, at: 0) })
  }

  /// The row of a post of another system, which has one picture.
  fileprivate init(
    _ source: PostToImport,
    id: PostID,
    with stored: StoredPictures,
    now: Date,
    _ tally: inout ImportTally
  ) {
    let title = ForeignText.line(source.title, limit: 200)
    if title.isCut { tally.change(.post, source.id, "title_cut", source.title) }
    let description = ForeignText.lines(source.description, limit: 5_000)
    if description.isCut { tally.change(.post, source.id, "description_cut", title.text) }
    let posted = ForeignText.time(source.createdAt, now: now)
    if posted.isMoved { tally.change(.post, source.id, "time_changed", title.text) }
    self.init(
      id: id,
      authorID: source.author,
      title: title.text,
      description: description.text,
      views: max(0, source.views),
      visibilityToken: Post.freshVisibilityToken(),
      createdAt: posted.time,
      updatedAt: max(ForeignText.time(source.updatedAt, now: now).time, posted.time),
      movedAt: posted.time,
      coverID: stored.pictures[0].id,
      pictureCount: stored.pictures.count,
      visibility: source.isPublic ? .public : .private
    )
  }
}

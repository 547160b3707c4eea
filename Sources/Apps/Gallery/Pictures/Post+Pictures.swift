import AccountsContract
import ArtelEvents
import ArtelModel
import ArtelPostgres
import ArtelUploads
import ArtelWeb
import Foundation
import GalleryContract

extension Post {
  /// Most pictures of one post; the schema knows it too.
  static let pictureLimit = 20

  /// Puts stored pictures behind those that the post has and returns the post as it is then.
  ///
  /// The row has to be locked, as for every change of its pictures: they keep their order together.
  ///
  /// - Throws: ``PostError/notAuthor``, ``PostError/tooManyPictures``.
  func add(
    _ stored: StoredPictures,
    by editor: MemberID,
    at now: Date,
    in tx: Transaction
  ) async throws -> Post {
    guard isEditable(by: editor) else { throw PostError.notAuthor }
    let count = pictureCount + stored.pictures.count
    guard count <= Post.pictureLimit else { throw PostError.tooManyPictures }
    _ = try await stored.insert(after: pictureCount, in: tx)
    return try await arranged(cover: coverID, count: count, at: now, in: tx)
  }

  /// Changes what a form says of one picture; a form that says what is said already changes nothing.
  ///
  /// Another place moves those between: the cover stays the first picture if it was that.
  ///
  /// - Throws: ``PostError/notAuthor``; `RowNotFound` when the post has no such picture.
  func change(
    _ id: PictureID,
    _ changes: PictureChangeForm,
    by editor: MemberID,
    at now: Date,
    in tx: Transaction
  ) async throws {
    guard isEditable(by: editor) else { throw PostError.notAuthor }
    let pictures = try await pictures(in: tx)
    guard let picture = pictures.first(where: { $0.id == id }) else {
      throw RowNotFound(table: Picture.table.name)
    }
    let alt = changes.alt.value(or: picture.alt)
    let place = min(changes.position.value(or: picture.position), pictureCount)
    var order = pictures.map(\.id)
    order.remove(at: picture.position - 1)
    order.insert(id, at: place - 1)
    let isFirstCover = coverID == pictures[0].id
    let cover = changes.isCover ? id : isFirstCover ? order[0] : coverID
    guard alt != picture.alt || place != picture.position || cover != coverID else { return }
    if alt != picture.alt {
      try await Picture.update {
        $0.alt = alt
        $0.updatedAt = now
      }
      .where { $0.id == id }
      .run(in: tx)
    }
    if place != picture.position { try await arrange(order, in: tx) }
    _ = try await arranged(cover: cover, count: pictureCount, at: now, in: tx)
  }

  /// Takes a picture away and returns the files it used, which nobody else may need.
  ///
  /// Those behind it move up; when it was the cover, the first of the others becomes it.
  ///
  /// - Throws: ``PostError/notAuthor``, ``PostError/lastPicture``; `RowNotFound`.
  func remove(
    _ id: PictureID,
    by editor: MemberID,
    at now: Date,
    in tx: Transaction
  ) async throws -> [Bytea] {
    guard isEditable(by: editor) else { throw PostError.notAuthor }
    let pictures = try await pictures(in: tx)
    guard let picture = pictures.first(where: { $0.id == id }) else {
      throw RowNotFound(table: Picture.table.name)
    }
    let others = pictures.filter { $0.id != id }
    guard let first = others.first else { throw PostError.lastPicture }
    let copies = try await Thumbnail.where { $0.pictureID == id }.all(in: tx)
    _ = try await Picture.delete(id, in: tx)
    try await arrange(others.map(\.id), in: tx)
    let cover = coverID == id ? first.id : coverID
    _ = try await arranged(cover: cover, count: others.count, at: now, in: tx)
    let bytes = copies.reduce(picture.bytes) { $0 + $1.bytes }
    try await MemberUsage.remove(bytes, from: authorID, in: tx)
    return [picture.digest] + copies.map(\.digest)
  }

  /// The pictures in their order; one statement.
  private func pictures(in tx: Transaction) async throws -> [Picture] {
    try await Picture.where { $0.postID == id }.order { $0.position }.all(in: tx)
  }

  /// Gives the pictures the places of this order; one statement.
  private func arrange(_ order: [PictureID], in tx: Transaction) async throws {
    _ = try await tx.write(
      """
      update pictures set position = placed.place
      from unnest(\(order)) with ordinality as placed (id, place)
      where pictures.id = placed.id and pictures.position <> placed.place
      """
    )
  }

  /// Stores what the post says of its pictures and tells that it has changed.
  private func arranged(
    cover: PictureID,
    count: Int,
    at now: Date,
    in tx: Transaction
  ) async throws -> Post {
    let changed = try await Post.update {
      $0.coverID = cover
      $0.pictureCount = count
      $0.updatedAt = max(now, self.updatedAt.addingTimeInterval(1e-6))
    }
    .where { $0.id == id }
    .returning(in: tx)
    guard let post = changed.first else { throw RowNotFound(table: Post.table.name) }
    let tags = try await Post.tags(of: id, in: tx)
    try await tx.publish(PostChanged(post: post.facts(tagged: tags)))
    return post
  }
}

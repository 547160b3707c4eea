import AccountsContract
import ArtelEvents
import ArtelModel
import ArtelPostgres
import ArtelWeb
import Foundation
import GalleryContract

extension Post {
  /// Changes what the form sets and returns the post as it is then.
  ///
  /// Another visibility gives its pictures new addresses, so that old ones stop working. A form
  /// that says what is said already changes nothing. The row has to be locked: each change has a later
  /// time than the one before, whatever the clock of this node says, as others order changes by it.
  ///
  /// - Throws: ``PostError/notAuthor`` when `editor` did not write it.
  func change(
    _ changes: PostChangeForm,
    by editor: MemberID,
    at now: Date,
    in tx: Transaction
  ) async throws -> Post {
    guard isEditable(by: editor) else { throw PostError.notAuthor }
    let former = try await Post.tags(of: id, in: tx)
    var tags = former
    if let names = changes.tags.value { tags = try await Tag.named(names, at: now, in: tx) }
    let title = changes.title.value(or: title)
    let description = changes.description.value(or: description)
    let visibility = changes.visibility(insteadOf: visibility)
    guard
      title != self.title || description != self.description || visibility != self.visibility
        || Set(tags.map(\.id)) != Set(former.map(\.id))
    else { return self }
    let changed = try await Post.update {
      $0.title = title
      $0.description = description
      if visibility != self.visibility {
        $0.visibility = visibility
        $0.visibilityToken = Post.freshVisibilityToken()
      }
      $0.updatedAt = nextChange(at: now)
    }
    .where { $0.id == id }
    .returning(in: tx)
    guard let post = changed.first else { throw RowNotFound(table: Post.table.name) }
    let present = try await post.tag(tags, insteadOf: former, wasListed: self.isPublic, in: tx)
    try await tx.publish(PostChanged(post: post.facts(tagged: present)))
    return post
  }

  /// Deletes posts for good, wherever they are, tells of it and returns the files they used, which
  /// nobody else may need.
  ///
  /// What members said and think of them should be gone, as a statement deletes what is left. Seven
  /// statements, however many posts, and one for each author.
  static func delete(_ posts: [Post], in tx: Transaction) async throws -> [Bytea] {
    guard !posts.isEmpty else { return [] }
    let ids = posts.map(\.id)
    let pictures = try await Picture.where { $0.postID.in(ids) }.all(in: tx)
    let thumbnails = try await Thumbnail.where { $0.pictureID.in(pictures.map(\.id)) }.all(in: tx)
    let tagged = try await PostTag.where { $0.postID.in(ids) && $0.isListed }
      .count(by: { $0.tagID }, in: tx)
    _ = try await Post.unscoped.where { $0.id.in(ids) }.delete(in: tx)
    try await Tag.count(tagged.mapValues(-), in: tx)
    for (author, posts) in Dictionary(grouping: posts, by: \.authorID) {
      let ids = Set(posts.map(\.id))
      let own = pictures.filter { ids.contains($0.postID) }
      let ownIDs = Set(own.map(\.id))
      let copies = thumbnails.filter { ownIDs.contains($0.pictureID) }
      let bytes = (own.map(\.bytes) + copies.map(\.bytes)).reduce(0, +)
      try await MemberUsage.remove(bytes, from: author, in: tx)
    }
    try await tx.publish(contentsOf: posts.map { PostDeleted(post: $0.id, author: $0.authorID) })
    return pictures.map(\.digest) + thumbnails.map(\.digest)
  }

  /// What others may know of the post with its tags.
  func facts(tagged tags: [Tag]) -> PostFacts {
    PostFacts(
      id: id,
      author: authorID,
      title: title,
      description: description,
      isPublic: isPublic,
      tags: tags.map(\.name),
      createdAt: createdAt,
      updatedAt: updatedAt,
      movedAt: movedAt
    )
  }

  /// 22 letters and digits, 130 random bits: nobody guesses the address of a hidden picture.
  static func freshVisibilityToken() -> String {
    let alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
    return String((0..<22).compactMap { _ in alphabet.randomElement() })
  }
}

import ArtelModel
import ArtelPostgres
import GalleryContract

extension Post {
  /// Most tags of one post.
  static let tagLimit = 10

  /// The tags of a post in the order of their names.
  static let namedTags = Post.tags.order { $0.name }

  /// The tags that a post has, in the order of their names; one statement.
  static func tags(of id: PostID, in reader: some StatementReader) async throws -> [Tag] {
    try await Tag.where { $0.id.in(PostTag.where { $0.postID == id }.select { $0.tagID }) }
      .order { $0.name }
      .all(in: reader)
  }

  /// Gives a post its tags instead of those it had, and counts it with each of them that it is new to.
  ///
  /// The post's row has to be locked, or inserted by this transaction. `wasListed` says whether
  /// it was public before. Locks the tags whose count changes until the transaction ends, so
  /// call it late.
  ///
  /// - Returns: The tags as they are now, in the order of their names.
  func tag(
    _ tags: [Tag],
    insteadOf former: [Tag] = [],
    wasListed: Bool = false,
    in tx: Transaction
  ) async throws -> [Tag] {
    guard !tags.isEmpty || !former.isEmpty else { return [] }
    let before = Set(former.map(\.id))
    let after = Set(tags.map(\.id))
    let gone = before.subtracting(after)
    let stays = before.intersection(after)
    if !gone.isEmpty {
      _ = try await PostTag.where { $0.postID == id && $0.tagID.in(Array(gone)) }.delete(in: tx)
    }
    if wasListed != isPublic, !stays.isEmpty {
      try await PostTag.update { $0.isListed = isPublic }.where { $0.postID == id }.run(in: tx)
    }
    let fresh = after.subtracting(before).map {
      PostTag(postID: id, tagID: $0, isListed: isPublic, createdAt: createdAt)
    }
    if !fresh.isEmpty { try await tx.insert(contentsOf: fresh) }
    var changes: [TagID: Int] = [:]
    if wasListed { for tag in before { changes[tag, default: 0] -= 1 } }
    if isPublic { for tag in after { changes[tag, default: 0] += 1 } }
    try await Tag.count(changes, in: tx)
    return tags.isEmpty ? [] : try await Post.tags(of: id, in: tx)
  }
}

extension Tag {
  /// Adds to the number of posts of each tag.
  ///
  /// Two statements, none without a change. Rows are locked in the order of their ids, so that those
  /// who count the same tags wait for each other in a line, never in a circle.
  static func count(_ changes: [TagID: Int], in tx: Transaction) async throws {
    let changes = changes.filter { $0.value != 0 }
    guard !changes.isEmpty else { return }
    let ids = Array(changes.keys)
    _ = try await tx.read("select from tags where id = any(\(ids)) order by id for no key update")
    _ = try await tx.write(
      """
      update tags set post_count = post_count + change.number, updated_at = now()
      from unnest(\(ids), \(ids.map { changes[$0] ?? 0 })) as change (id, number)
      where tags.id = change.id
      """
    )
  }
}

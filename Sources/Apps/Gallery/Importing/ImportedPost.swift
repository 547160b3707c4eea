import AccountsContract
import ArtelEvents
import ArtelIdentifiers
import ArtelImports
import ArtelModel
import ArtelPostgres
import Foundation
import GalleryContract

/// A post of another system whose files are stored and whose rows are not.
struct ImportedPost: Sendable {
  let source: ForeignID
  let post: Post
  let stored: StoredPictures
  /// The digest of the file as it was found.
  let sent: Bytea

  /// Stores posts with everything that belongs to them and tells the other apps; ten statements.
  static func insert(
    _ posts: [ImportedPost],
    _ tags: ImportedTags,
    in tx: Transaction
  ) async throws {
    guard !posts.isEmpty else { return }
    try await tx.insert(contentsOf: posts.map(\.post))
    try await tx.insert(contentsOf: posts.flatMap(\.stored.pictures))
    try await tx.insert(contentsOf: posts.flatMap(\.stored.thumbnails))
    _ = try await tx.write(
      """
      insert into sent_files (post_id, author_id, digest)
      select * from unnest(\(posts.map(\.post.id)), \(posts.map(\.post.authorID)),
        \(posts.map(\.sent)))
      on conflict do nothing
      """
    )
    try await tags.insert(in: tx)
    try await tx.publish(
      contentsOf: posts.map { PostCreated(post: $0.post.facts(tagged: tags[$0.post.id])) }
    )
    try await count(posts, in: tx)
    try await ImportKind.post.remember(posts.map { ($0.source, $0.post.id) }, in: tx)
  }

  /// Counts what their members store with them, beyond what they may store, too.
  private static func count(_ posts: [ImportedPost], in tx: Transaction) async throws {
    var bytes: [MemberID: Int] = [:]
    for post in posts { bytes[post.post.authorID, default: 0] += post.stored.bytes }
    let members = bytes.keys.sorted()
    _ = try await tx.write(
      """
      insert into member_usages as usage (member_id, used_bytes)
      select * from unnest(\(members), \(members.map { bytes[$0] ?? 0 }))
      on conflict (member_id) do update set used_bytes = usage.used_bytes + excluded.used_bytes
      """
    )
  }
}

/// The tags here of posts of another system.
struct ImportedTags: Sendable {
  private let tags: [ForeignID: Tag]
  private var given: [PostID: [Tag]] = [:]
  private var rows: [PostTag] = []
  private var counts: [TagID: Int] = [:]

  /// Finds the tags that were brought before; two statements.
  init(of posts: [PostToImport], in tx: Transaction) async throws {
    let sources = Array(Set(posts.flatMap(\.tags)))
    let ids = try await ImportKind.tag.known(sources, as: TagID.self, in: tx)
    let found = try await Tag.where { $0.id.in(Array(Set(ids.values))) }.all(in: tx)
    let byID = Dictionary(uniqueKeysWithValues: found.map { ($0.id, $0) })
    tags = ids.compactMapValues { byID[$0] }
  }

  /// The tags of a post, in the order of their names.
  subscript(post: PostID) -> [Tag] { given[post] ?? [] }

  /// Gives a post its tags, each once and not more than a post may have.
  mutating func give(
    _ sources: [ForeignID],
    to post: Post,
    of source: ForeignID,
    _ tally: inout ImportTally
  ) {
    var seen: Set<TagID> = []
    let all = sources.compactMap { tags[$0] }.filter { seen.insert($0.id).inserted }
    let missing = sources.filter { tags[$0] == nil }.count
    if missing > 0 { tally.change(.post, source, "tags_missing", "\(missing) of \(sources.count)") }
    let kept = all.prefix(Post.tagLimit).sorted { $0.name < $1.name }
    if all.count > kept.count {
      tally.change(.post, source, "tags_cut", "\(kept.count) of \(all.count)")
    }
    given[post.id] = kept
    for tag in kept {
      rows.append(
        PostTag(postID: post.id, tagID: tag.id, isListed: post.isPublic, createdAt: post.createdAt)
      )
      if post.isPublic { counts[tag.id, default: 0] += 1 }
    }
  }

  /// Stores which post has which tags, and counts them; three statements.
  func insert(in tx: Transaction) async throws {
    try await tx.insert(contentsOf: rows)
    try await Tag.count(counts, in: tx)
  }
}

import AccountsContract
import ArtelEvents
import ArtelIdentifiers
import ArtelJobs
import ArtelModel
import ArtelPostgres
import ArtelWeb
import Foundation
import GalleryContract

extension Post {
  /// Whatever asks for posts is answered with those that are kept; `Post.unscoped` has the others too.
  // As SQL: the planner has to see that the partial indexes hold what is asked for.
  static var defaultScope: Condition<Post>? { Condition("state = 'kept'") }

  /// How long the trash keeps a post: 30 days.
  static let trashLifetime: TimeInterval = 30 * 86_400

  /// When a post in the trash is deleted for good.
  var endsAt: Date { movedAt.addingTimeInterval(Post.trashLifetime) }

  /// Whether a viewer may take the post out of the trash: its author, unless a moderator took it
  /// down; then other moderators.
  func isRestorable(by viewer: MemberID, isModerator: Bool) -> Bool {
    state == .takenDown ? isModerator && viewer != authorID : viewer == authorID
  }
}

extension Query where Row == Post {
  /// The posts in the trash, whoever put them there; begin with `Post.unscoped`.
  var inTrash: Query {
    `where`("state in ('trashed', 'taken_down')")
  }

  /// Those in the trash that a viewer may see there: their own, and moderators what moderators took
  /// down.
  func inTrash(visibleTo viewer: MemberID, isModerator: Bool) -> Query {
    isModerator
      ? inTrash.where("(author_id = \(viewer) or state = 'taken_down')")
      : inTrash.written(by: viewer)
  }

  /// The order of the trash: what came last first.
  var latestMovedFirst: Query {
    order { $0.movedAt.descending }
  }
}

extension Post {
  /// Puts the post into the trash of its author, where nobody else sees it.
  ///
  /// Everything that belongs to it stays as it is, but its share links end. The row has to be locked.
  ///
  /// - Throws: ``PostError/notAuthor`` when `editor` did not write it.
  func trash(by editor: MemberID, at now: Date, in tx: Transaction) async throws {
    guard isEditable(by: editor) else { throw PostError.notAuthor }
    try await putAway(as: .trashed, at: now, in: tx)
  }

  /// Puts the post into the trash of its author, who cannot take it out; tells them, and the system
  /// log.
  ///
  /// The row has to be locked. `reason` may be empty.
  func takeDown(
    by moderator: MemberID,
    because reason: String,
    at now: Date,
    in tx: Transaction
  ) async throws {
    try await putAway(as: .takenDown, at: now, in: tx)
    var facts: [String: NoticeFact] = ["post": .text(id.description)]
    if !reason.isEmpty { facts["reason"] = .text(reason) }
    try await tx.publish(NoticeRequested<Gallery>(of: .postTakenDown, to: authorID, facts))
    try await tx.publish(
      ActReported<Gallery>(
        of: .postTakenDown,
        by: moderator,
        about: authorID,
        details: ["post": id.description, "reason": reason]
      )
    )
  }

  /// Takes the post out of the trash: everything is as it was.
  ///
  /// The row has to be locked.
  ///
  /// - Returns: The post as it is then.
  /// - Throws: ``PostError/takenDown`` when a moderator put it there and `member` is none.
  func restore(
    by member: MemberID,
    isModerator: Bool,
    at now: Date,
    in tx: Transaction
  ) async throws -> Post {
    guard isRestorable(by: member, isModerator: isModerator) else { throw PostError.takenDown }
    let post = try await move(to: .kept, at: now, in: tx)
    if isPublic { try await list(true, in: tx) }
    let tags = try await Post.tags(of: id, in: tx)
    try await tx.publish(PostChanged(post: post.facts(tagged: tags)))
    guard state == .takenDown else { return post }
    try await tx.publish(
      NoticeRequested<Gallery>(of: .postRestored, to: authorID, ["post": .text(id.description)])
    )
    try await tx.publish(
      ActReported<Gallery>(
        of: .postRestored,
        by: member,
        about: authorID,
        details: ["post": id.description]
      )
    )
    return post
  }

  /// Lets a job delete the post for good; nobody sees it from now on.
  ///
  /// The row has to be locked.
  ///
  /// - Throws: ``PostError/notAuthor`` when `member` did not write it.
  func erase(by member: MemberID, at now: Date, in tx: Transaction) async throws {
    guard isEditable(by: member) else { throw PostError.notAuthor }
    _ = try await move(to: .erased, at: now, in: tx)
    try await tx.enqueue(EmptyTrash())
  }

  private func putAway(as state: PostState, at now: Date, in tx: Transaction) async throws {
    let post = try await move(to: state, at: now, in: tx)
    try await list(false, in: tx)
    try await ShareLink.end(of: id, in: tx)
    try await tx.publish(PostDeleted(post: id, author: authorID, trashedAt: post.movedAt))
  }

  private func move(to state: PostState, at now: Date, in tx: Transaction) async throws -> Post {
    let moved = try await tx.write(
      """
      update posts set state = \(state)::post_state, moved_at = \(nextChange(at: now))
      where id = \(id) returning \(columns: Post.self)
      """
    )
    guard let row = moved.first else { throw RowNotFound(table: Post.table.name) }
    return try Post(from: row, at: 0)
  }

  /// Lists the post under its tags and counts it with them, or no longer.
  private func list(_ isListed: Bool, in tx: Transaction) async throws {
    let links = try await PostTag.update { $0.isListed = isListed }
      .where { $0.postID == id }.where("is_listed <> \(isListed)")
      .returning(in: tx)
    let change = isListed ? 1 : -1
    try await Tag.count(
      Dictionary(links.map { ($0.tagID, change) }, uniquingKeysWith: +),
      in: tx
    )
  }

  /// When the next change of the post happens: now, and later than every change before, whatever the
  /// clock of this node says, as others order changes by it.
  func nextChange(at now: Date) -> Date {
    max(now, max(updatedAt, movedAt).addingTimeInterval(1e-6))
  }
}

import AccountsContract
import ArtelConcurrency
import ArtelEvents
import ArtelIdentifiers
import ArtelModel
import ArtelPostgres
import ArtelWeb
import FoundationEssentials
import GalleryContract

extension Gallery {
  /// Says something about a post that the author may see, and tells whoever posted it.
  ///
  /// `attempt` stores the answer with the comment; nil when the request has no `Idempotency-Key`.
  ///
  /// - Throws: `RowNotFound`; ``CommentError/blocked``; ``MemberError/departed``.
  func comment(
    _ form: CommentForm,
    on id: PostID,
    by author: MemberID,
    _ attempt: IdempotentAttempt? = nil
  ) async throws -> (Comment, Member) {
    try await attempt?.proceed()
    let post = try await Post.query.visible(to: author).find(id, in: db)
    guard try await takesComments(on: post, from: author) else { throw CommentError.blocked }
    try await Member.meet(author, through: accounts, in: db)
    let now = clock.now()
    return try await db.transaction { tx in
      // Asked again: the post may have been hidden meanwhile. A deleted one breaks the foreign key.
      let post = try await Post.query.visible(to: author).find(id, in: tx)
      let comment = try await tx.insert(
        Comment(postID: id, authorID: author, text: form.text, createdAt: now, updatedAt: now)
      )
      let member = try await Member.find(author, in: tx)
      // Looked at after the comment has taken hold of the row: who departs later waits for this commit.
      guard member.departedAt == nil else { throw MemberError.departed }
      try await tx.publish(CommentCreated(comment: comment.facts))
      if author != post.authorID {
        try await tx.publish(
          NoticeRequested<Gallery>(
            of: .postCommented,
            to: post.authorID,
            causedBy: author,
            ["post": .text(id.description), "comment": .text(comment.id.description)]
          )
        )
      }
      let resource = CommentResource(comment: comment, author: member)
      try await attempt?.store(created: resource, at: resource.path, in: tx)
      return (comment, member)
    }
  }

  /// Changes a comment that the editor may see.
  ///
  /// - Throws: `RowNotFound`; ``CommentError/notAuthor``.
  func change(
    _ id: CommentID,
    _ changes: CommentChangeForm,
    by editor: MemberID
  ) async throws -> (Comment, Member) {
    try await db.transaction { tx in
      let comment = try await Comment.query.visible(to: editor).forUpdate().find(id, in: tx)
      let changed = try await comment.change(changes, by: editor, at: clock.now(), in: tx)
      return (changed, try await Member.find(changed.authorID, in: tx))
    }
  }

  /// Deletes a comment that the member may see; moderators, who look after what others say, take it
  /// down.
  ///
  /// - Returns: The post that it was about.
  /// - Throws: `RowNotFound`; ``CommentError/notDeletable``.
  @discardableResult
  func delete(
    _ id: CommentID,
    by member: MemberID,
    isModerator: Bool = false
  ) async throws -> PostID {
    try await db.transaction { tx in
      let comment = try await Comment.query.visible(to: member).forUpdate().find(id, in: tx)
      let post = try await Post.query.find(comment.postID, in: tx)
      guard isModerator || comment.isDeletable(by: member, onPostOf: post.authorID) else {
        throw CommentError.notDeletable
      }
      if comment.isDeletable(by: member, onPostOf: post.authorID) {
        try await Comment.delete([comment], in: tx)
      } else {
        try await comment.takeDown(by: member, because: "", in: tx)
      }
      return comment.postID
    }
  }
}

extension Gallery {
  /// Whether somebody may comment on a post that they see: members with no block between them and
  /// whoever posted it.
  func takesComments(on post: Post, from viewer: MemberID?) async throws -> Bool {
    guard let viewer else { return false }
    return try await !isBlocked(viewer, from: post.authorID)
  }
}

extension Comment {
  /// Whether a viewer may change the comment.
  func isEditable(by viewer: MemberID?) -> Bool {
    viewer == authorID
  }

  /// Whether a viewer who is no moderator may delete the comment: their own, or one on their post.
  func isDeletable(by viewer: MemberID?, onPostOf owner: MemberID) -> Bool {
    viewer == authorID || viewer == owner
  }

  /// Changes what the form sets and returns the comment as it is then; the row has to be locked.
  ///
  /// A form that says what is said already changes nothing, and each change has a later time than the
  /// one before, whatever the clock of this node says.
  ///
  /// - Throws: ``CommentError/notAuthor`` when `editor` did not write it.
  fileprivate func change(
    _ changes: CommentChangeForm,
    by editor: MemberID,
    at now: Date,
    in tx: Transaction
  ) async throws -> Comment {
    guard isEditable(by: editor) else { throw CommentError.notAuthor }
    let text = changes.text.value(or: text)
    guard text != self.text else { return self }
    let changed = try await Comment.update {
      $0.text = text
      $0.updatedAt = max(now, self.updatedAt.addingTimeInterval(1e-6))
    }
    .where { $0.id == id }
    .returning(in: tx)
    guard let comment = changed.first else { throw RowNotFound(table: Comment.table.name) }
    try await tx.publish(CommentChanged(comment: comment.facts))
    return comment
  }

  /// Deletes comments and tells of it; two statements, however many comments.
  static func delete(_ comments: [Comment], in tx: Transaction) async throws {
    guard !comments.isEmpty else { return }
    let ids = comments.map(\.id)
    _ = try await Comment.where { $0.id.in(ids) }.delete(in: tx)
    try await tx.publish(
      contentsOf: comments.map {
        CommentDeleted(comment: $0.id, post: $0.postID, author: $0.authorID)
      }
    )
  }

  /// What others may know of the comment.
  var facts: CommentFacts {
    CommentFacts(
      id: id,
      post: postID,
      author: authorID,
      text: text,
      createdAt: createdAt,
      updatedAt: updatedAt
    )
  }
}

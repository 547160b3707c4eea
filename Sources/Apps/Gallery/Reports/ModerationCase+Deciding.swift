import AccountsContract
import ArtelConcurrency
import ArtelEvents
import ArtelIdentifiers
import ArtelModel
import ArtelPostgres
import ArtelWeb
import FoundationEssentials
import GalleryContract

extension ModerationCase {
  /// What was reported.
  var target: VoteTarget? {
    if let postID { return .post(postID) }
    return commentID.map(VoteTarget.comment)
  }
}

extension Gallery {
  /// Decides a case: the thing may stay or is taken down, the system log has it, and those who
  /// reported are told.
  ///
  /// - Throws: `RowNotFound` when it is decided already, or the thing is gone; ``ReportError``.
  func decide(_ id: ModerationCaseID, _ form: DecisionForm, by moderator: MemberID) async throws {
    let seen = try await ModerationCase.query.find(id, in: db)
    guard let target = seen.target else { throw RowNotFound(table: ModerationCase.table.name) }
    try await db.transaction { tx in
      // The thing before its case, as a report takes them.
      switch target {
      case .post(let post):
        let post = try await Post.unscoped.forUpdate().find(post, in: tx)
        guard post.authorID != moderator else { throw ReportError.own }
        let reporters = try await close(seen, on: target, in: tx)
        try await decide(post, form, by: moderator, reporters, in: tx)
      case .comment(let comment):
        let comment = try await Comment.query.forUpdate().find(comment, in: tx)
        guard comment.authorID != moderator else { throw ReportError.own }
        guard form.decision != .ban else { throw ReportError.nothingToBan }
        let reporters = try await close(seen, on: target, in: tx)
        try await decide(comment, form, by: moderator, reporters, in: tx)
      }
    }
  }

  private func decide(
    _ post: Post,
    _ form: DecisionForm,
    by moderator: MemberID,
    _ reporters: [MemberID],
    in tx: Transaction
  ) async throws {
    try await tell(reporters, form.decision, in: tx)
    switch form.decision {
    case .dismiss:
      let details = ["post": post.id.description, "reason": form.reason]
      try await dismissed(post.authorID, details, reporters, by: moderator, in: tx)
    case .takeDown, .ban:
      if form.decision == .ban {
        try await PictureBan.ban(post, because: form.reason, at: clock.now(), in: tx)
        let act = ActReported<Gallery>(
          of: .pictureBanned,
          by: moderator,
          about: post.authorID,
          details: ["post": post.id.description, "reason": form.reason]
        )
        try await tx.publish(act)
      }
      // Also from the trash, so that its author does not bring it back.
      guard post.state == .kept || post.state == .trashed else { return }
      try await post.takeDown(by: moderator, because: form.reason, at: clock.now(), in: tx)
      if post.state == .kept, post.isPublic { try await tell(.deleted, of: post, in: tx) }
    }
  }

  private func decide(
    _ comment: Comment,
    _ form: DecisionForm,
    by moderator: MemberID,
    _ reporters: [MemberID],
    in tx: Transaction
  ) async throws {
    try await tell(reporters, form.decision, in: tx)
    switch form.decision {
    case .dismiss:
      let details = ["comment": comment.id.description, "reason": form.reason]
      try await dismissed(comment.authorID, details, reporters, by: moderator, in: tx)
    case .takeDown, .ban:
      try await comment.takeDown(by: moderator, because: form.reason, in: tx)
    }
  }

  /// Takes the case out of the queue; returns who waited for it.
  private func close(
    _ seen: ModerationCase,
    on target: VoteTarget,
    in tx: Transaction
  ) async throws -> [MemberID] {
    guard try await ModerationCase.delete(seen.id, in: tx) else {
      throw RowNotFound(table: ModerationCase.table.name)
    }
    return try await Report.update { $0.resolvedAt = clock.now() }
      .where { $0.resolvedAt == nil }.where("\(target.column) = \(target.uuid)")
      .returning(in: tx).map(\.memberID)
  }

  private func tell(
    _ reporters: [MemberID],
    _ decision: DecisionForm.Decision,
    in tx: Transaction
  ) async throws {
    let kind: NoticeKind = decision == .dismiss ? .reportDismissed : .reportUpheld
    try await tx.publish(
      contentsOf: reporters.map { NoticeRequested<Gallery>(of: kind, to: $0, [:]) }
    )
  }

  private func dismissed(
    _ author: MemberID,
    _ details: [String: String],
    _ reporters: [MemberID],
    by moderator: MemberID,
    in tx: Transaction
  ) async throws {
    try await tx.publish(
      ActReported<Gallery>(
        of: .reportDismissed,
        by: moderator,
        about: author,
        details: details.merging(["reports": "\(reporters.count)"]) { $1 }
      )
    )
  }
}

extension Comment {
  /// Deletes the comment, of which its author and the system log are told; the row has to be locked.
  func takeDown(
    by moderator: MemberID,
    because reason: String,
    in tx: Transaction
  ) async throws {
    try await Comment.delete([self], in: tx)
    let facts: [String: NoticeFact] = reason.isEmpty ? [:] : ["reason": .text(reason)]
    try await tx.publish(NoticeRequested<Gallery>(of: .commentTakenDown, to: authorID, facts))
    try await tx.publish(
      ActReported<Gallery>(
        of: .commentTakenDown,
        by: moderator,
        about: authorID,
        details: ["comment": id.description, "post": postID.description, "reason": reason]
      )
    )
  }
}

import AccountsContract
import ArtelWeb
import GalleryContract
import HTTPTypes
import Hummingbird

/// `/api/posts/{id}/vote` and `/api/comments/{id}/vote`: the caller's vote as JSON.
struct VoteRoutes: Sendable {
  let gallery: Gallery

  static let castOnPost = casting("/api/posts/{id}/vote", id: "voteOnPost", "a post")
  static let castOnComment = casting("/api/comments/{id}/vote", id: "voteOnComment", "a comment")
  static let takeBackFromPost = takingBack(
    "/api/posts/{id}/vote",
    id: "takeBackVoteOnPost",
    "a post"
  )
  static let takeBackFromComment = takingBack(
    "/api/comments/{id}/vote",
    id: "takeBackVoteOnComment",
    "a comment"
  )

  static let operations = [
    castOnPost.description, castOnComment.description, takeBackFromPost.description,
    takeBackFromComment.description,
  ]

  func addRoutes(to routes: Routes) {
    routes.add(Self.castOnPost) { _, context, form in
      try await cast(form.type, on: .post(try context.id(as: PostID.self)), context)
    }
    routes.add(Self.castOnComment) { _, context, form in
      try await cast(form.type, on: .comment(try context.id(as: CommentID.self)), context)
    }
    routes.add(Self.takeBackFromPost) { _, context in
      try await takeBack(from: .post(try context.id(as: PostID.self)), context)
    }
    routes.add(Self.takeBackFromComment) { _, context in
      try await takeBack(from: .comment(try context.id(as: CommentID.self)), context)
    }
  }

  /// `PUT`: 200 with the votes as they are then; 403 with a block between the two members.
  private func cast(
    _ type: VoteType,
    on target: VoteTarget,
    _ context: WebContext
  ) async throws -> Response {
    let member = try context.member()
    try await gallery.cast(type, on: target, by: member.memberID)
    return .json(try await gallery.tally(of: target, for: member.memberID))
  }

  /// `DELETE`: 200 with the votes as they are then, also without a vote.
  private func takeBack(from target: VoteTarget, _ context: WebContext) async throws -> Response {
    let member = try context.member()
    try await gallery.takeBackVote(on: target, by: member.memberID)
    return .json(try await gallery.tally(of: target, for: member.memberID))
  }

  private static func casting(_ path: String, id: String, _ thing: String) -> Operation<VoteForm> {
    Operation(.put, path, id: id, "Votes on \(thing), or changes the caller's vote.")
      .tagged("Votes")
      .needs(.member(.galleryWrite))
      .takes(VoteForm.self)
      .limited(to: VoteForm.limit)
      .answers(.json(Tally.self))
      .refuses(.forbidden)
  }

  private static func takingBack(_ path: String, id: String, _ thing: String) -> Operation<Void> {
    Operation(.delete, path, id: id, "Takes back the caller's vote on \(thing).")
      .tagged("Votes")
      .needs(.member(.galleryWrite))
      .limited(to: VoteForm.limit)
      .answers(.json(Tally.self))
  }
}

import AccountsContract
import ArtelModel
import ArtelWeb
import GalleryContract
import Hummingbird

/// The buttons of votes as pages show them.
struct VoteButtons: Sendable {
  let action: String
  /// Where a script sends what is chosen.
  let address: String
  let score: Int
  let isUpvoted: Bool
  let isDownvoted: Bool
  /// What each button sends: pressed again, it takes the vote back.
  let up: String
  let down: String

  init(_ tally: Tally, at path: String) {
    action = "\(path)/vote"
    address = "/api\(path)/vote"
    score = tally.score
    isUpvoted = tally.vote == .upvote
    isDownvoted = tally.vote == .downvote
    up = isUpvoted ? "none" : "upvote"
    down = isDownvoted ? "none" : "downvote"
  }
}

/// Voting by forms without JavaScript.
struct VotePages: Sendable {
  let gallery: Gallery

  func addRoutes(to routes: Routes) {
    routes.on("/posts/{id}/vote", method: .post, limit: VoteForm.limit) { request, context in
      let id = try context.id(as: PostID.self)
      try await vote(on: .post(id), request, context)
      return .seeOther("/posts/\(id)")
    }
    routes.on("/comments/{id}/vote", method: .post, limit: VoteForm.limit) { request, context in
      let id = try context.id(as: CommentID.self)
      try await vote(on: .comment(id), request, context)
      let comment = try await Comment.query.find(id, in: gallery.db)
      return .seeOther("/posts/\(comment.postID)#comment-\(id)")
    }
  }

  private func vote(
    on target: VoteTarget,
    _ request: Request,
    _ context: WebContext
  ) async throws {
    let member = try context.member()
    switch try await request.form(VoteButtonForm.self).type {
    case .upvote: try await gallery.cast(.upvote, on: target, by: member.memberID)
    case .downvote: try await gallery.cast(.downvote, on: target, by: member.memberID)
    case .none: try await gallery.takeBackVote(on: target, by: member.memberID)
    }
  }
}

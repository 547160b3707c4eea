import AccountsContract
import ArtelIdentifiers
import ArtelModel
import ArtelWeb
import Foundation
import GalleryContract

/// A comment as pages show it.
struct CommentCard: Sendable {
  let id: String
  let text: String
  let author: PostCard.Author
  let createdAt: Date
  let isEdited: Bool
  /// Whether whoever posted the picture wrote it.
  let isByPoster: Bool
  let canEdit: Bool
  let canDelete: Bool
  let editURL: String
  let deleteURL: String
  let canReport: Bool
  let reportURL: String
  let votes: VoteButtons

  init(
    _ comment: Comment,
    by author: Member,
    _ tally: Tally,
    on owner: MemberID,
    for viewer: Principal?
  ) {
    votes = VoteButtons(tally, at: "/comments/\(comment.id)")
    id = comment.id.description
    text = comment.text
    self.author = PostCard.Author(author)
    createdAt = comment.createdAt
    isEdited = comment.isEdited
    isByPoster = comment.authorID == owner
    canEdit = comment.isEditable(by: viewer?.memberID)
    canDelete =
      viewer?.isModerator == true || comment.isDeletable(by: viewer?.memberID, onPostOf: owner)
    editURL = "/comments/\(comment.id)/edit"
    deleteURL = "/comments/\(comment.id)/delete"
    canReport = viewer != nil && !canEdit
    reportURL = "/comments/\(comment.id)/report"
  }
}

/// The comments below a post: some of them, the ways to the others, and the form for one more.
struct CommentThread: Sendable {
  /// One of the orders to choose from.
  struct Tab: Sendable {
    let isOldest: Bool
    let isNewest: Bool
    let isTop: Bool
    let url: String
    let isCurrent: Bool
  }

  let items: [CommentCard]
  /// How many there are in all; at most ``Comment/countLimit``.
  let count: Int
  let isCountedShort: Bool
  let hasAny: Bool
  let hasSeveral: Bool
  let tabs: [Tab]
  let nextURL: String?
  let actionURL: String
  /// Whether the viewer may add one.
  let isOpen: Bool
}

extension CommentThread {
  /// Reads the comments on a post for a page.
  ///
  /// Three statements, and for members three more, most of them at once.
  static func on(
    _ post: Post,
    _ wish: CommentListForm,
    for viewer: Principal?,
    in gallery: Gallery
  ) async throws -> CommentThread {
    async let counted = Comment.count(on: post.id, in: gallery.db)
    async let isOpen = gallery.takesComments(on: post, from: viewer?.memberID)
    let page = try await gallery.comments(on: post.id, wish, for: viewer?.memberID)
    let count = try await counted
    let url = "/posts/\(post.id)"
    return CommentThread(
      items: page.items.map { CommentCard($0, by: $1, $2, on: post.authorID, for: viewer) },
      count: min(count, Comment.countLimit),
      isCountedShort: count > Comment.countLimit,
      hasAny: count > 0,
      hasSeveral: count > 1,
      tabs: CommentOrder.allCases.map { order in
        Tab(
          isOldest: order == .oldest,
          isNewest: order == .newest,
          isTop: order == .top,
          url: "\(url)?order=\(order.rawValue)#comments",
          isCurrent: order == wish.order
        )
      },
      nextURL: page.next.map { "\(url)?order=\(wish.order.rawValue)&after=\($0)#comments" },
      actionURL: "\(url)/comments",
      isOpen: try await isOpen
    )
  }
}

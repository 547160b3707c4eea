import AccountsContract
import ArtelModel
import ArtelPostgres

extension Query where Row == Post {
  /// The posts that a viewer may see by their address: all but other people's private ones.
  ///
  /// A guest is nil.
  func visible(to viewer: MemberID?) -> Query {
    guard let viewer else { return `where` { $0.visibility != .private } }
    return `where` { $0.visibility != .private || $0.authorID == viewer }
  }

  /// The posts whose pictures a viewer may see: also those in their own trash; begin with
  /// `Post.unscoped`.
  func picturesVisible(to viewer: MemberID?) -> Query {
    `where`("(state = 'kept' or state <> 'erased' and author_id = \(viewer))").visible(to: viewer)
  }

  /// The posts that stand in lists for everybody.
  // As SQL: the planner has to see that the partial indexes hold what is asked for.
  var shownToEverybody: Query {
    `where`("visibility = 'public'")
  }

  /// The posts of one author, private ones too.
  func written(by author: MemberID) -> Query {
    `where` { $0.authorID == author }
  }

  /// The order of every list of posts.
  var newestFirst: Query {
    order { $0.createdAt.descending }
  }
}

extension Post {
  /// Whether it stands in lists, is counted with its tags, and is found.
  var isPublic: Bool { visibility == .public }

  /// Whether a viewer may change or delete the post.
  func isEditable(by viewer: MemberID?) -> Bool {
    viewer == authorID
  }
}

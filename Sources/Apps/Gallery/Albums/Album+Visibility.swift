import AccountsContract
import ArtelModel
import ArtelPostgres
import GalleryContract

extension Query where Row == Album {
  /// The albums that a viewer may see by their address: all but other people's private ones.
  ///
  /// A guest is nil.
  func visible(to viewer: MemberID?) -> Query {
    guard let viewer else { return `where` { $0.visibility != .private } }
    return `where` { $0.visibility != .private || $0.ownerID == viewer }
  }

  /// The albums that stand in lists for everybody.
  var shownToEverybody: Query {
    `where`("visibility = 'public'")
  }

  /// The albums of one member, private ones too.
  func owned(by owner: MemberID) -> Query {
    `where` { $0.ownerID == owner }
  }

  /// The order of every list of albums.
  var newestFirst: Query {
    order { $0.createdAt.descending }
  }
}

extension Album {
  /// Whether a viewer may change or delete the album.
  func isEditable(by viewer: MemberID?) -> Bool {
    viewer == ownerID
  }

  /// Of any posts those that a viewer sees in this album: the owner all of them, others the public ones.
  func posts(for viewer: MemberID?) -> Query<Post> {
    viewer == ownerID ? Post.query.written(by: ownerID) : Post.query.shownToEverybody
  }
}

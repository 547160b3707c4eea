import ArtelWeb
import HTTPTypes

/// Why an album refuses.
enum AlbumError: Error {
  /// Only the owner changes or deletes an album.
  case notOwner
  /// Only the owner's own posts come into an album.
  case notAuthor
  /// It has as many posts as an album may have.
  case full
  /// The order does not name every post of the album once; it may have changed meanwhile.
  case otherPosts
}

extension AlbumError: ProblemConvertible {
  var problem: Problem {
    switch self {
    case .notOwner, .notAuthor: .forbidden
    case .full: Problem(.albumFull)
    case .otherPosts: .conflict
    }
  }
}

extension Problem.Kind {
  /// 409: the album has as many posts as an album may have.
  static let albumFull = Problem.Kind("album_full", status: .conflict)
}

public import ArtelIdentifiers

/// Where the picture that a member shows of themselves is.
///
/// Another picture has another address, so each of them may be kept for ever.
public struct MemberAvatar: Hashable, Sendable {
  /// The sides, in pixels, of the squares that there are of it, smallest first.
  public static let sidesPixels = [64, 192, 512]

  private let member: MemberID
  private let key: String

  /// The picture of a member; `key` is what ``MemberCard/avatarKey`` says.
  public init(of member: MemberID, key: String) {
    self.member = member
    self.key = key
  }

  /// The squares with their addresses on this site, smallest first.
  public var squares: [(sidePixels: Int, url: String)] {
    Self.sidesPixels.map { ($0, url(sidePixels: $0)) }
  }

  /// The address, on this site, of one of the squares.
  public func url(sidePixels: Int) -> String {
    // Every list makes some for each author; interpolation would grow the text several times.
    var url = ""
    url.reserveCapacity(128)
    url += "/avatars/"
    url += member.description
    url += "/"
    url += key
    url += "/"
    url += sidePixels.description
    url += ".webp"
    return url
  }
}

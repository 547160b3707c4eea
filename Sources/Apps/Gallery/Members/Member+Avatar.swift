import AccountsContract
import ArtelIdentifiers
import ArtelWeb

extension Member {
  /// The picture that the member shows; nil without one.
  var picture: SquarePicture? {
    guard let avatarKey else { return nil }
    let avatar = MemberAvatar(of: id, key: avatarKey)
    return SquarePicture(sidesPixels: MemberAvatar.sidesPixels, url: avatar.url(sidePixels:))
  }
}

import AccountsContract
import ArtelIdentifiers
import ArtelWeb

extension Member {
  /// The picture that the member shows; nil without one.
  var picture: SquarePicture? {
    avatarKey.map { SquarePicture(MemberAvatar(of: id, key: $0).squares) }
  }
}

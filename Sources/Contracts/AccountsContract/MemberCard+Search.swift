public import ArtelSearch
public import FoundationEssentials

extension MemberCard {
  /// What people find of the member: the names, and the pictures behind them.
  public func searchDocument(joinedAt date: Date) -> SearchDocument {
    SearchDocument(
      key: MemberCard.searchKey(of: id),
      owner: id,
      title: displayName,
      names: username,
      url: "/search?author=\(id)",
      audience: [.everybody],
      createdAt: date,
      version: version
    )
  }

  /// What tells the member from everything else that can be found.
  public static func searchKey(of member: MemberID) -> SearchDocument.Key {
    SearchDocument.Key(app: "accounts", kind: "member", id: member)
  }
}

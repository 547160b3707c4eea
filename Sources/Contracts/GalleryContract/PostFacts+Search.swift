public import ArtelSearch
public import FoundationEssentials

extension PostFacts {
  /// What people find of the post.
  public var searchDocument: SearchDocument {
    SearchDocument(
      key: PostFacts.searchKey(of: id),
      owner: author,
      title: title,
      names: (tags ?? []).joined(separator: " "),
      body: description,
      url: "/posts/\(id)",
      audience: isPublic ? [.everybody] : [],
      createdAt: createdAt,
      version: PostFacts.searchVersion(at: max(updatedAt, movedAt ?? updatedAt))
    )
  }

  /// Which version of its document a change of a post makes: later changes have higher ones.
  public static func searchVersion(at change: Date) -> Int {
    // Rounded: cut off, two neighboring microseconds may become one.
    Int((change.timeIntervalSince1970 * 1e6).rounded())
  }

  /// What tells the post from everything else that can be found.
  public static func searchKey(of post: PostID) -> SearchDocument.Key {
    SearchDocument.Key(app: "gallery", kind: "post", id: post)
  }
}

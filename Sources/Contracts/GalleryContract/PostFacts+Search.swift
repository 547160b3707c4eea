public import ArtelSearch
import FoundationEssentials

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
      // Rounded: cut off, two neighboring microseconds may become one.
      version: Int((updatedAt.timeIntervalSince1970 * 1e6).rounded())
    )
  }

  /// What tells the post from everything else that can be found.
  public static func searchKey(of post: PostID) -> SearchDocument.Key {
    SearchDocument.Key(app: "gallery", kind: "post", id: post)
  }
}

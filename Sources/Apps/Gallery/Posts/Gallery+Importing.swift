public import AccountsContract
import ArtelModel
import ArtelPictures
import ArtelStorage
import ArtelUploads
public import FoundationEssentials
public import GalleryContract

extension Gallery {
  /// Publishes a picture that is on this machine already, such as a demo picture; the file stays.
  ///
  /// It counts as published at `now`; what is no name of a tag is left out.
  ///
  /// - Returns: The id of the post.
  /// - Throws: `PictureError`, `StorageError`, `PostgresError`.
  @discardableResult
  public func publish(
    pictureAt path: String,
    title: String,
    description: String,
    isPublic: Bool,
    tags: [String] = [],
    views: Int,
    by author: MemberID,
    at now: Date
  ) async throws -> PostID {
    let prepared = try await pictures.prepare(fileAt: path)
    let words = PublishPost.Words(
      title: title,
      description: description,
      isPublic: isPublic,
      tags: TagName.all(tags),
      views: views
    )
    let entry = try await PublishPost(gallery: self).publish(
      prepared,
      words,
      by: author,
      at: now
    )
    return entry.post.id
  }

  /// The titles of everything that a member has posted, what is in the trash too, to import nothing
  /// twice.
  public func titles(by author: MemberID) async throws -> Set<String> {
    Set(try await Post.unscoped.written(by: author).select { $0.title }.all(in: db))
  }
}

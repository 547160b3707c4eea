public import AccountsContract
import ArtelModel
import ArtelPictures
import ArtelStorage
import ArtelUploads
public import FoundationEssentials
public import GalleryContract

extension Gallery {
  /// Publishes pictures that are on this machine already, such as demo pictures; the files stay.
  ///
  /// It counts as published at `now`; what is no name of a tag is left out. What is not public is
  /// private.
  ///
  /// - Returns: The id of the post.
  /// - Throws: `PictureError`, `StorageError`, `PostgresError`.
  @discardableResult
  public func publish(
    picturesAt paths: [String],
    alts: [String] = [],
    title: String,
    description: String,
    isPublic: Bool,
    tags: [String] = [],
    views: Int,
    by author: MemberID,
    at now: Date
  ) async throws -> PostID {
    var prepared: [PictureShelf.Prepared] = []
    do {
      for path in paths { prepared.append(try await pictures.prepare(fileAt: path)) }
    } catch {
      for picture in prepared { await picture.folder.remove() }
      throw error
    }
    let words = PublishPost.Words(
      title: title,
      description: description,
      visibility: isPublic ? .public : .private,
      tags: TagName.all(tags),
      alts: alts,
      views: views
    )
    let published = try await PublishPost(gallery: self).publish(
      prepared,
      words,
      by: author,
      at: now
    )
    return published.post.id
  }

  /// The titles of everything that a member has posted, what is in the trash too, to import nothing
  /// twice.
  public func titles(by author: MemberID) async throws -> Set<String> {
    Set(try await Post.unscoped.written(by: author).select { $0.title }.all(in: db))
  }
}

import AccountsContract
import ArtelModel
import ArtelPostgres
import ArtelWeb
import Foundation

extension Post {
  /// Changes what the form sets and returns the post as it is then.
  ///
  /// Showing or hiding the post gives its pictures new addresses, so that old ones stop working. A form
  /// that says what is said already changes nothing.
  ///
  /// - Throws: ``PostError/notAuthor`` when `editor` did not write it.
  func change(
    _ changes: PostChangeForm,
    by editor: MemberID,
    at now: Date,
    in tx: Transaction
  ) async throws -> Post {
    guard isEditable(by: editor) else { throw PostError.notAuthor }
    let title = changes.title.value(or: title)
    let description = changes.description.value(or: description)
    let isPublic = changes.isPublic.value(or: isPublic)
    guard
      title != self.title || description != self.description || isPublic != self.isPublic
    else { return self }
    let changed = try await Post.update {
      $0.title = title
      $0.description = description
      if isPublic != self.isPublic {
        $0.isPublic = isPublic
        $0.visibilityToken = Post.freshVisibilityToken()
      }
      $0.updatedAt = now
    }
    .where { $0.id == id }
    .returning(in: tx)
    guard let post = changed.first else { throw RowNotFound(table: Post.table.name) }
    return post
  }

  /// Deletes the post and returns the files it used, which nobody else may need.
  ///
  /// - Throws: ``PostError/notAuthor`` when `editor` did not write it.
  func delete(by editor: MemberID, in tx: Transaction) async throws -> [Bytea] {
    guard isEditable(by: editor) else { throw PostError.notAuthor }
    let thumbnails = try await Thumbnail.where { $0.postID == id }.all(in: tx)
    _ = try await Post.delete(id, in: tx)
    let bytes = thumbnails.reduce(imageBytes) { $0 + $1.bytes }
    try await MemberUsage.remove(bytes, from: authorID, in: tx)
    return [imageDigest] + thumbnails.map(\.digest)
  }

  /// 22 letters and digits, 130 random bits: nobody guesses the address of a hidden picture.
  static func freshVisibilityToken() -> String {
    let alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
    return String((0..<22).compactMap { _ in alphabet.randomElement() })
  }
}

import AccountsContract
import ArtelModel
import ArtelPostgres
import GalleryContract

extension SentFile {
  /// Remembers what a post was made of.
  static func note(
    _ digests: [Bytea],
    of post: PostID,
    by author: MemberID,
    in tx: Transaction
  ) async throws {
    _ = try await tx.write(
      """
      insert into sent_files (post_id, author_id, digest)
      select \(post), \(author), digest from unnest(\(digests)) as sent (digest)
      on conflict do nothing
      """
    )
  }

  /// The latest post of a member that was made of a file with this digest; nil when there is none.
  static func post(
    of author: MemberID,
    madeOf digest: Bytea,
    in reader: some StatementReader
  ) async throws -> PostID? {
    try await made(of: digest, by: author).first(in: reader)?.postID
  }

  /// The files with this digest that posts of a member were made of, the latest post first.
  static func made(of digest: Bytea, by author: MemberID) -> Query<SentFile> {
    let posts = Post.query.written(by: author).select { $0.id }
    return SentFile.where { $0.authorID == author && $0.digest == digest && $0.postID.in(posts) }
      .order { $0.postID.descending }
  }
}

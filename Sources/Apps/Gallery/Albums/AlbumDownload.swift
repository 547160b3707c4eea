import AccountsContract
import ArtelArchive
import ArtelConcurrency
import ArtelIdentifiers
import ArtelModel
import ArtelPostgres
import ArtelStorage
import ArtelUploads
import ArtelWeb
import FoundationEssentials
import GalleryContract
import HTTPTypes
import Hummingbird
import NIOCore

/// `/albums/{id}/zip`: the pictures of an album as they were uploaded, in one archive.
struct AlbumDownload: Sendable {
  let gallery: Gallery

  /// Archives for one member, or one network of guests: 10 in a row, all of them back after an hour.
  static let limit = RateLimit(10, per: .seconds(3600))

  func addRoutes(to routes: Routes) {
    routes.on("/albums/{id}/zip", method: .get, limit: Self.limit, use: send)
  }

  /// `GET /albums/{id}/zip`: the pictures that the caller sees, named in their order; made while it is
  /// sent.
  @Sendable func send(_ request: Request, _ context: WebContext) async throws -> Response {
    let viewer = context.principal?.memberID
    let album = try await Album.query.visible(to: viewer)
      .find(try context.id(as: AlbumID.self), in: gallery.db)
    let entries = try await entries(of: album, for: viewer)
    return Response(
      status: .ok,
      headers: [
        .contentType: "application/zip", .cacheControl: "no-store",
        .contentDisposition: Self.disposition(of: album.name),
      ],
      body: ResponseBody { [files = gallery.files] writer in
        let zip = try ZipStream(pool: files)
        for entry in entries {
          do {
            try await zip.add(entry.name, fileAt: entry.path, changedAt: entry.changedAt) {
              try await writer.write(ByteBuffer(bytes: $0))
            }
          } catch ZipError.unreadable {
            // Deleted since the archive was begun.
          }
        }
        try await zip.finish { try await writer.write(ByteBuffer(bytes: $0)) }
        try await writer.finish(nil)
      }
    )
  }

  private struct Entry: Sendable {
    let name: String
    let path: String
    let changedAt: Date
  }

  private func entries(of album: Album, for viewer: MemberID?) async throws -> [Entry] {
    let places =
      try await AlbumPost
      .where {
        $0.albumID == album.id && $0.postID.in(album.posts(for: viewer).select { $0.id })
      }
      .inOrder
      .including(AlbumPost.post)
      .all(in: gallery.db)
    let pictures = try await Picture.where { $0.postID.in(places.map(\.1.id)) }
      .order { $0.position }.all(in: gallery.db)
    let byPost = Dictionary(grouping: pictures, by: \.postID)
    let shown = places.flatMap { _, post in
      (byPost[post.id] ?? []).map { ShownPicture(picture: $0, post: post) }
    }
    return shown.enumerated().compactMap { number, shown in
      guard let digest = Digest(bytes: shown.picture.digest.bytes) else { return nil }
      return Entry(
        name: Self.fileName(number + 1, shown),
        path: gallery.pictures.blobs.path(of: digest),
        changedAt: shown.picture.createdAt
      )
    }
  }

  /// `0001 Winter light.jpg`: no file system refuses it, and names sort as the album does.
  static func fileName(_ number: Int, _ shown: ShownPicture) -> String {
    let refused: Set<Character> = ["/", "\\", ":", "*", "?", "\"", "<", ">", "|"]
    let title = String(shown.post.title.map { refused.contains($0) ? "_" : $0 }.prefix(60))
    let digits = String(number)
    let padded = String(repeating: "0", count: max(0, 4 - digits.count)) + digits
    let name = title.isEmpty ? padded : "\(padded) \(title)"
    return "\(name).\(shown.picture.type.fileExtension)"
  }

  /// A name for the file on the caller's disk, also in letters that headers cannot hold.
  ///
  /// Source: RFC 6266, 4.3.
  static func disposition(of name: String) -> String {
    "attachment; filename=\"album.zip\"; filename*=UTF-8''\(PercentEncoding.encode(name)).zip"
  }
}

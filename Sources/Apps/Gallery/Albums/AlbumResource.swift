import ArtelIdentifiers
import ArtelWeb
import FoundationEssentials
import GalleryContract

/// An album as the JSON API shows it.
struct AlbumResource: JSONWritable {
  let entry: AlbumEntry

  /// Its address.
  var path: String { "/api/albums/\(entry.album.id)" }

  func write(to json: inout JSONWriter) {
    json.object { json in
      json.field("id", entry.album.id)
      json.field("owner", entry.owner)
      json.field("name", entry.album.name)
      json.field("description", entry.album.description)
      json.field("visibility", entry.album.visibility.rawValue)
      json.field("post_count", entry.postCount)
      json.field("cover_url", entry.cover?.thumbnailURL)
      json.field("created_at", entry.album.createdAt)
      json.field("updated_at", entry.album.updatedAt)
    }
  }
}

extension AlbumResource: JSONResource {
  static let schemaName = "Album"

  static let examples = zip(PostResource.examples, [true, false]).map { post, hasCover in
    AlbumResource(
      entry: AlbumEntry(
        album: Album(
          id: AlbumID(high: 0x019A_A4C3_0A10_7E21, low: 0x8F31_7B0D_2C6A_9E45),
          ownerID: post.entry.author.id,
          name: "The river in winter",
          description: "",
          visibility: .public,
          createdAt: Date(timeIntervalSince1970: 1_795_234_100.123456),
          updatedAt: Date(timeIntervalSince1970: 1_795_234_100.123456)
        ),
        owner: post.entry.author,
        postCount: hasCover ? 12 : 0,
        cover: hasCover ? post.entry.shownCover : nil
      )
    )
  }
}

import AccountsContract
import ArtelIdentifiers
import ArtelWeb
import FoundationEssentials
import GalleryContract

/// An album as pages show it.
struct AlbumCard: Sendable {
  let id: String
  let url: String
  let editURL: String
  let zipURL: String
  let name: String
  let description: String
  let owner: PostCard.Author
  let postCount: Int
  let coverURL: String
  let coverSrcset: String
  let hasCover: Bool
  let createdAt: Date
  let isPrivate: Bool
  let isUnlisted: Bool
  let isMine: Bool

  /// Describes an album as a viewer sees it.
  init(_ entry: AlbumEntry, for viewer: MemberID?) {
    let album = entry.album
    id = album.id.description
    url = "/albums/\(album.id)"
    editURL = "/albums/\(album.id)/edit"
    zipURL = "/albums/\(album.id)/zip"
    name = album.name
    description = album.description
    owner = PostCard.Author(entry.owner)
    postCount = entry.postCount
    coverURL = entry.cover?.thumbnailURL ?? ""
    coverSrcset = entry.cover?.sourceSet(upTo: 960) ?? ""
    hasCover = entry.cover != nil
    createdAt = album.createdAt
    isPrivate = album.visibility == .private
    isUnlisted = album.visibility == .unlisted
    isMine = album.isEditable(by: viewer)
  }
}

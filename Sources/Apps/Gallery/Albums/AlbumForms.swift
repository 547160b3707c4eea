import ArtelConcurrency
import ArtelIdentifiers
import ArtelWeb
import GalleryContract

/// What a member says about a new album.
struct AlbumForm: Form {
  let name: String
  let description: String
  let visibility: Visibility

  /// Albums of one member: 60 in a row, all of them back after 10 minutes.
  static let limit = RateLimit(60, per: .seconds(600))

  init(_ fields: inout FormReader) {
    name = fields.string("name", .trimmed, .length(1...200))
    description =
      fields.optionalString("description", .trimmed, .multiline, .length(0...5000)) ?? ""
    visibility = fields.choice("visibility", default: .public)
  }
}

/// What a member changes about an album; what is absent stays.
struct AlbumChangeForm: Form {
  let name: Change<String>
  let description: Change<String>
  let visibility: Change<Visibility>

  /// Changes of one member, also of what is in albums: 600 in a row, all of them back after 10 minutes.
  static let limit = RateLimit(600, per: .seconds(600))

  init(_ fields: inout FormReader) {
    name = fields.stringChange("name", .trimmed, .length(1...200))
    description = fields.stringChange("description", .trimmed, .multiline, .length(0...5000))
    visibility = fields.choiceChange("visibility")
  }
}

/// Which albums a list is of.
struct AlbumListForm: Form {
  var page: PageRequest
  /// Whose albums: an id or a username; nil for everybody's.
  let owner: String?

  init(_ fields: inout FormReader) {
    page = PageRequest(&fields)
    owner = fields.optionalString("owner", .length(0...50))
  }
}

/// The posts of an album in the order that they shall have.
struct AlbumOrderForm: Form {
  /// Nil for what is no id.
  let posts: [PostID?]

  init(_ fields: inout FormReader) {
    posts = fields.strings("posts", .length(36...36), count: 0...Album.postLimit)
      .map { PostID($0) }
  }
}

/// Which post is the picture of an album.
struct AlbumCoverForm: Form {
  /// Nil for whichever comes first.
  let post: PostID?

  init(_ fields: inout FormReader) {
    post = fields.optionalID("post", as: PostID.self)
  }
}

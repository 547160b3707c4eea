import ArtelWeb
import FoundationEssentials
import GalleryContract

/// A post in the trash of its author.
struct TrashedPost: JSONWritable {
  let cover: ShownPicture

  init(_ cover: ShownPicture) {
    self.cover = cover
  }

  private var post: Post { cover.post }

  func write(to json: inout JSONWriter) {
    json.object { json in
      json.field("id", post.id)
      json.field("title", post.title)
      json.field("visibility", post.visibility.rawValue)
      json.field("is_public", post.isPublic)
      json.field("is_taken_down", post.state == .takenDown)
      json.field("thumbnail_url", cover.thumbnailURL)
      json.field("width", cover.picture.width)
      json.field("height", cover.picture.height)
      json.field("created_at", post.createdAt)
      json.field("trashed_at", post.movedAt)
      json.field("ends_at", post.endsAt)
    }
  }
}

extension TrashedPost: JSONResource {
  static let schemaName = "TrashedPost"

  static let examples = PostResource.examples.map { resource in
    var post = resource.entry.post
    post.state = .trashed
    post.movedAt = post.createdAt.addingTimeInterval(86_400)
    return TrashedPost(ShownPicture(picture: resource.entry.cover, post: post))
  }
}

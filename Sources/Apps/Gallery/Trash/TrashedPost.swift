import ArtelWeb
import FoundationEssentials
import GalleryContract

/// A post in the trash of its author.
struct TrashedPost: JSONWritable {
  let post: Post

  init(_ post: Post) {
    self.post = post
  }

  func write(to json: inout JSONWriter) {
    json.object { json in
      json.field("id", post.id)
      json.field("title", post.title)
      json.field("is_public", post.isPublic)
      json.field("is_taken_down", post.state == .takenDown)
      json.field("thumbnail_url", post.thumbnailURL)
      json.field("width", post.width)
      json.field("height", post.height)
      json.field("created_at", post.createdAt)
      json.field("trashed_at", post.movedAt)
      json.field("ends_at", post.endsAt)
    }
  }
}

extension TrashedPost: JSONResource {
  static let schemaName = "TrashedPost"

  static let examples = PostResource.examples.map { resource in
    var post = resource.post
    post.state = .trashed
    post.movedAt = post.createdAt.addingTimeInterval(86_400)
    return TrashedPost(post)
  }
}

import ArtelWeb

/// A post as the JSON API shows it.
struct PostResource: JSONWritable {
  let post: Post
  let author: Member

  func write(to json: inout JSONWriter) {
    json.object { json in
      json.field("id", post.id)
      json.field("author", author)
      json.field("title", post.title)
      json.field("description", post.description)
      json.field("is_public", post.isPublic)
      json.field("image_url", post.imageURL)
      json.field("thumbnail_url", post.thumbnailURL)
      json.field("width", post.width)
      json.field("height", post.height)
      json.field("views", post.views)
      json.field("created_at", post.createdAt)
      json.field("updated_at", post.updatedAt)
    }
  }
}

extension Member: JSONWritable {
  func write(to json: inout JSONWriter) {
    json.object { json in
      json.field("id", id)
      json.field("username", username)
      json.field("display_name", displayName)
    }
  }
}

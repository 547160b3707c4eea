import ArtelIdentifiers
import ArtelWeb
import FoundationEssentials

/// A tag as the JSON API shows it.
struct TagResource: JSONWritable {
  let tag: Tag

  func write(to json: inout JSONWriter) {
    json.object { json in
      json.field("id", tag.id)
      json.field("name", tag.name)
      json.field("slug", tag.slug)
      json.field("post_count", tag.postCount)
      json.field("created_at", tag.createdAt)
      json.field("updated_at", tag.updatedAt)
    }
  }
}

extension TagResource: JSONResource {
  static let schemaName = "Tag"

  static let examples = Tag.examples.map(TagResource.init)
}

extension Tag: JSONWritable {
  /// Writes the tag as it stands with a post.
  func write(to json: inout JSONWriter) {
    json.object { json in
      json.field("name", name)
      json.field("slug", slug)
    }
  }
}

extension Tag: JSONResource {
  static let schemaName = "PostTag"

  static let examples = [
    Tag(
      id: TagID(high: 0x019A_A4C1_7D21_7A01, low: 0x9A55_0D9B_6A1F_3E28),
      name: "зимний свет",
      slug: "zimnii-svet",
      postCount: 12,
      createdAt: Date(timeIntervalSince1970: 1_795_233_914.123456),
      updatedAt: Date(timeIntervalSince1970: 1_795_233_914.123456)
    )
  ]
}

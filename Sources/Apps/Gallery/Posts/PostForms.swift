import ArtelConcurrency
import ArtelWeb

/// What a member says about a new post.
struct PostForm: Form {
  let title: String
  let description: String
  let isPublic: Bool
  let tags: [TagName]
  /// What is to be seen on each picture, in their order; missing ones are empty.
  let alts: [String]

  /// Uploads of one member: 300 in a row, all of them back after 10 minutes.
  static let limit = RateLimit(300, per: .seconds(600))

  init(_ fields: inout FormReader) {
    title = fields.string("title", .trimmed, .length(0...200), default: "")
    description = fields.string("description", .trimmed, .multiline, .length(0...5000), default: "")
    isPublic = fields.boolean("is_public", default: true)
    tags = fields.tags()
    alts = fields.alts()
  }
}

/// What a member changes about a post; what is absent stays.
struct PostChangeForm: Form {
  let title: Change<String>
  let description: Change<String>
  let isPublic: Change<Bool>
  let tags: Change<[TagName]>

  init(_ fields: inout FormReader) {
    title = fields.stringChange("title", .trimmed, .length(0...200))
    description = fields.stringChange("description", .trimmed, .multiline, .length(0...5000))
    isPublic = fields.booleanChange("is_public")
    tags = fields.tagsChange()
  }
}

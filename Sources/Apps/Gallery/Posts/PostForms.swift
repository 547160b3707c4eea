import ArtelConcurrency
import ArtelWeb

/// What a member says about a new post.
struct PostForm: Form {
  let title: String
  let description: String
  let visibility: Visibility
  let tags: [TagName]
  /// What is to be seen on each picture, in their order; missing ones are empty.
  let alts: [String]

  /// Uploads of one member: 300 in a row, all of them back after 10 minutes.
  static let limit = RateLimit(300, per: .seconds(600))

  init(_ fields: inout FormReader) {
    title = fields.string("title", .trimmed, .length(0...200), default: "")
    description = fields.string("description", .trimmed, .multiline, .length(0...5000), default: "")
    visibility = fields.postVisibility()
    tags = fields.tags()
    alts = fields.alts()
  }
}

/// What a member changes about a post; what is absent stays.
struct PostChangeForm: Form {
  let title: Change<String>
  let description: Change<String>
  private let visibility: Change<Visibility>
  private let isPublic: Change<Bool>
  let tags: Change<[TagName]>

  init(_ fields: inout FormReader) {
    title = fields.stringChange("title", .trimmed, .length(0...200))
    description = fields.stringChange("description", .trimmed, .multiline, .length(0...5000))
    visibility = fields.choiceChange("visibility")
    isPublic = fields.booleanChange("is_public")
    tags = fields.tagsChange()
  }

  /// Who sees the post from now on: what `visibility` says, else `is_public`, which hides a public post
  /// from everybody and leaves an unlisted one unlisted.
  func visibility(insteadOf present: Visibility) -> Visibility {
    if let visibility = visibility.value { return visibility }
    guard let isPublic = isPublic.value, isPublic != (present == .public) else { return present }
    return isPublic ? .public : .private
  }
}

extension FormReader {
  /// Reads who sees a new post: what `visibility` says, else `is_public`; public when neither is there.
  fileprivate mutating func postVisibility() -> Visibility {
    let visibility: Visibility? = optionalChoice("visibility")
    let isPublic = boolean("is_public", default: true)
    return visibility ?? (isPublic ? .public : .private)
  }
}

import ArtelWeb

/// What a member says about pictures that are added to a post.
struct PicturesForm: Form {
  let alts: [String]

  init(_ fields: inout FormReader) {
    alts = fields.alts()
  }
}

/// What a member changes about a picture; what is absent stays.
struct PictureChangeForm: Form {
  let alt: Change<String>
  /// Its place, from 1; a higher one than there are pictures is the last.
  let position: Change<Int>
  /// Whether lists show it from now on; false changes nothing, as there always is a cover.
  let isCover: Bool

  init(_ fields: inout FormReader) {
    alt = fields.stringChange("alt", .trimmed, .multiline, .length(0...1000))
    position = fields.integerChange("position", in: 1...Post.pictureLimit)
    isCover = fields.boolean("is_cover", default: false)
  }
}

extension FormReader {
  /// Reads what is to be seen on each picture, in their order.
  mutating func alts() -> [String] {
    strings("alts", .trimmed, .multiline, .length(0...1000), count: 0...Post.pictureLimit)
  }
}

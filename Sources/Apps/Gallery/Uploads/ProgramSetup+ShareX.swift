public import ArtelWeb

extension ProgramSetup {
  /// Has ShareX, a program for screenshots, post what it takes, unlisted, and copy the address of the
  /// post.
  ///
  /// Source: the documentation of ShareX on custom uploaders.
  static let shareX = ProgramSetup("ShareX", needs: .galleryWrite, fileName: "artel.sxcu") {
    site,
    token in
    var json = JSONWriter()
    json.object { json in
      json.field("Version", "14.1.0")
      json.field("Name", "Artel")
      json.field("DestinationType", "ImageUploader")
      json.field("RequestMethod", "POST")
      json.field("RequestURL", "\(site)/api/posts")
      json.field("Headers", BearerHeader(token: token))
      json.field("Body", "MultipartFormData")
      json.field("FileFormName", "image")
      json.field("Arguments", UnlistedPost())
      json.field("URL", "\(site)/posts/{json:id}")
      json.field("ThumbnailURL", "\(site){json:cover.thumbnail_url}")
      json.field("ErrorMessage", "{json:detail}")
    }
    return json.bytes
  }
}

private struct BearerHeader: JSONWritable {
  let token: String

  func write(to json: inout JSONWriter) {
    json.object { $0.field("Authorization", "Bearer \(token)") }
  }
}

private struct UnlistedPost: JSONWritable {
  func write(to json: inout JSONWriter) {
    json.object { $0.field("visibility", Visibility.unlisted.rawValue) }
  }
}

extension Gallery {
  /// What sets up programs to post pictures.
  public static let programSetups: [ProgramSetup] = [.shareX]
}

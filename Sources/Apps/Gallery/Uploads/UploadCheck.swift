import ArtelIdentifiers
import ArtelWeb
import GalleryContract

/// Whether a member has posted a file already, as the JSON API says it.
struct UploadCheck: JSONResource {
  let postID: PostID?

  static let schemaName = "UploadCheck"

  static let examples = [
    UploadCheck(postID: PostID(high: 0x019A_A4C1_7D20_7C4E, low: 0x8A55_0D9B_6A1F_3E27)),
    UploadCheck(postID: nil),
  ]

  func write(to json: inout JSONWriter) {
    json.object { json in json.field("post_id", postID) }
  }
}

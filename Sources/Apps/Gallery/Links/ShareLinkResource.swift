import ArtelAuth
import ArtelIdentifiers
import ArtelPostgres
import ArtelWeb
import FoundationEssentials
import GalleryContract

extension ShareLink: JSONWritable {
  func write(to json: inout JSONWriter) {
    json.object { writeFields(to: &$0) }
  }

  fileprivate func writeFields(to json: inout JSONWriter) {
    json.field("id", id)
    json.field("has_password", passwordHash != nil)
    json.field("views", views)
    json.field("created_at", createdAt)
    json.field("expires_at", expiresAt)
  }
}

extension ShareLink: JSONResource {
  static let schemaName = "ShareLink"

  static let examples = [example(days: 7), example(days: nil)]

  private static func example(days: Int?) -> ShareLink {
    let date = Date(timeIntervalSince1970: 1_795_234_200.123456)
    return ShareLink(
      id: ShareLinkID(high: 0x019A_A4C5_2F40_7B11, low: 0x9E02_6D4C_1A7F_3358),
      postID: PostID(high: 0x019A_A4C1_7D20_7C4E, low: 0x8A55_0D9B_6A1F_3E27),
      digest: Bytea([]),
      passwordHash: days == nil ? nil : "",
      createdAt: date,
      expiresAt: days.map { date.addingTimeInterval(Double($0) * 86_400) }
    )
  }
}

extension MadeLink: JSONResource {
  static let schemaName = "MadeShareLink"

  /// The link with its address.
  func write(to json: inout JSONWriter) {
    json.object { json in
      link.writeFields(to: &json)
      json.field("url", path)
    }
  }

  static let examples = ShareLink.examples.compactMap { link in
    OpaqueToken("artel_sl_Zm9vYmFyZm9vYmFyZm9vYmFyZm9vYmFyZm9vYmFyZm8", .shareLink)
      .map { MadeLink(link: link, token: $0) }
  }
}

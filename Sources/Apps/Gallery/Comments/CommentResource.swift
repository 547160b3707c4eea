import AccountsContract
import ArtelIdentifiers
import ArtelWeb
import FoundationEssentials
import GalleryContract

/// A comment as the JSON API shows it.
struct CommentResource: JSONWritable {
  let comment: Comment
  let author: Member
  /// A comment that was just written has no votes.
  var tally = Tally()

  /// Its address.
  var path: String { "/api/comments/\(comment.id)" }

  func write(to json: inout JSONWriter) {
    json.object { json in
      json.field("id", comment.id)
      json.field("post_id", comment.postID)
      json.field("author", author)
      json.field("text", comment.text)
      json.field("is_edited", comment.isEdited)
      tally.writeFields(to: &json)
      json.field("created_at", comment.createdAt)
      json.field("updated_at", comment.updatedAt)
    }
  }
}

extension Comment {
  /// Whether its author has changed it.
  var isEdited: Bool { updatedAt > createdAt }
}

extension CommentResource: JSONResource {
  static let schemaName = "Comment"

  static let examples = zip(Member.examples, Tally.examples).map { author, tally in
    CommentResource(
      comment: Comment(
        id: CommentID(high: 0x019A_A4C2_11B0_7F3A, low: 0x9D42_6A0C_5E7B_1F88),
        postID: PostID(high: 0x019A_A4C1_7D20_7C4E, low: 0x8A55_0D9B_6A1F_3E27),
        authorID: author.id,
        text: "Is that the old bridge?",
        createdAt: Date(timeIntervalSince1970: 1_795_233_999.123456),
        updatedAt: Date(timeIntervalSince1970: 1_795_233_999.123456)
      ),
      author: author,
      tally: tally
    )
  }
}

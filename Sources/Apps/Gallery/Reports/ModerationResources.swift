import AccountsContract
import ArtelIdentifiers
import ArtelWeb
import FoundationEssentials
import GalleryContract

extension Report: JSONWritable {
  /// Who reported is not said.
  func write(to json: inout JSONWriter) {
    json.object { json in
      json.field("reason", reason.rawValue)
      json.field("text", text)
      json.field("created_at", createdAt)
    }
  }
}

extension OpenCase: JSONWritable {
  func write(to json: inout JSONWriter) {
    json.object { json in
      json.field("id", waiting.id)
      json.field("post_id", shownPost?.id)
      json.field("comment_id", comment?.id)
      json.field("author", author)
      json.field("title", post?.title)
      json.field("text", comment?.text ?? post?.description)
      json.field("thumbnail_url", shownCover?.thumbnailURL)
      json.field("report_count", waiting.reportCount)
      json.field("reports", reports)
      json.field("opened_at", waiting.openedAt)
    }
  }
}

extension OpenCase: JSONResource {
  static let schemaName = "ModerationCase"

  static let examples = PostResource.examples.map { whole($0.entry) } + [bare]

  private static let date = Date(timeIntervalSince1970: 1_795_234_200.123456)
  private static let id = ModerationCaseID(
    high: 0x019A_A4C6_0B10_7A55,
    low: 0x8C11_4E2D_7F90_6B32
  )

  private static func whole(_ entry: PostEntry) -> OpenCase {
    let comment = CommentResource.examples[0].comment
    return OpenCase(
      waiting: ModerationCase(id: id, commentID: comment.id, reportCount: 2, openedAt: date),
      post: entry.post,
      cover: entry.shownCover,
      comment: comment,
      author: entry.author,
      reports: [
        Report(memberID: entry.author.id, reason: .spam, text: "Buy now", createdAt: date)
      ]
    )
  }

  /// Its post is gone.
  private static let bare = OpenCase(
    waiting: ModerationCase(id: id, reportCount: 1, openedAt: date),
    post: nil,
    cover: nil,
    comment: nil,
    author: nil,
    reports: []
  )
}

/// A ban as the JSON API shows it.
struct BanResource: Sendable {
  let ban: PictureBan
  /// Who posted the pictures.
  let author: Member
}

extension BanResource: JSONResource {
  static let schemaName = "PictureBan"

  func write(to json: inout JSONWriter) {
    json.object { json in
      json.field("id", ban.id)
      json.field("title", ban.title)
      json.field("reason", ban.reason)
      json.field("author", author.departedAt == nil ? author : nil)
      json.field("created_at", ban.createdAt)
    }
  }

  static let examples = Member.examples.map { example(of: $0) } + [example(of: departed)]

  private static let departed: Member = {
    var member = Member.examples[0]
    member.departedAt = Date(timeIntervalSince1970: 1_795_234_200)
    return member
  }()

  private static func example(of author: Member) -> BanResource {
    BanResource(
      ban: PictureBan(
        id: PictureBanID(high: 0x019A_A4C7_0B10_7A55, low: 0x8C11_4E2D_7F90_6B33),
        postID: PostID(high: 0x019A_A4C1_7D20_7C4E, low: 0x8A55_0D9B_6A1F_3E27),
        authorID: author.id,
        title: author.departedAt == nil ? "Winter light" : "",
        reason: "Not theirs to show.",
        createdAt: Date(timeIntervalSince1970: 1_795_234_200.123456)
      ),
      author: author
    )
  }
}

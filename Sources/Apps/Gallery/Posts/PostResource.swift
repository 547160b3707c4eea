import AccountsContract
import ArtelIdentifiers
import ArtelPostgres
import ArtelWeb
import FoundationEssentials
import GalleryContract

/// A post as the JSON API shows it.
struct PostResource: JSONWritable {
  let entry: PostEntry

  init(_ entry: PostEntry) {
    self.entry = entry
  }

  private var post: Post { entry.post }

  func write(to json: inout JSONWriter) {
    json.object { writeFields(to: &$0) }
  }

  /// Writes the fields into an object that has others too.
  func writeFields(to json: inout JSONWriter) {
    json.field("id", post.id)
    json.field("author", entry.author)
    json.field("title", post.title)
    json.field("description", post.description)
    json.field("visibility", post.visibility.rawValue)
    json.field("is_public", post.isPublic)
    json.field("cover", PictureResource(entry.shownCover))
    json.field("picture_count", post.pictureCount)
    json.field("tags", entry.tags)
    json.field("views", post.views)
    entry.tally.writeFields(to: &json)
    json.field("created_at", post.createdAt)
    json.field("updated_at", post.updatedAt)
  }
}

/// A post with all its pictures as the JSON API shows it.
struct FullPostResource: JSONWritable {
  let post: PostInFull

  init(_ post: PostInFull) {
    self.post = post
  }

  /// Its address.
  var path: String { "/api/posts/\(post.post.id)" }

  func write(to json: inout JSONWriter) {
    json.object { json in
      PostResource(post.entry).writeFields(to: &json)
      json.field(
        "pictures",
        post.pictures.map { PictureResource(ShownPicture(picture: $0, post: post.post)) }
      )
    }
  }
}

extension Member: JSONWritable {
  func write(to json: inout JSONWriter) {
    json.object { json in
      json.field("id", id)
      json.field("username", username)
      json.field("display_name", displayName)
      json.field("avatar", picture)
    }
  }
}

extension PostResource: JSONResource {
  static let schemaName = "Post"

  static let examples = zip(Member.examples, Tally.examples).map { author, tally in
    let cover = Picture(
      id: PictureID(high: 0x019A_A4C1_7D20_7D01, low: 0x9A31_77C2_0E4B_52D6),
      postID: PostID(high: 0x019A_A4C1_7D20_7C4E, low: 0x8A55_0D9B_6A1F_3E27),
      position: 1,
      digest: Bytea([]),
      type: .jpeg,
      bytes: 2_481_664,
      width: 4032,
      height: 3024,
      alt: "A river under low sun, ice along its banks."
    )
    let entry = PostEntry(
      post: Post(
        id: PostID(high: 0x019A_A4C1_7D20_7C4E, low: 0x8A55_0D9B_6A1F_3E27),
        authorID: author.id,
        title: "Winter light",
        description: "The river at four in the afternoon.",
        views: 17,
        visibilityToken: "k3TqPz0WmBv7xRc9LdYh2s",
        createdAt: Date(timeIntervalSince1970: 1_795_233_914.123456),
        updatedAt: Date(timeIntervalSince1970: 1_795_233_914.123456),
        coverID: cover.id,
        pictureCount: 1
      ),
      author: author,
      cover: cover,
      tags: Tag.examples,
      tally: tally
    )
    return PostResource(entry)
  }
}

extension FullPostResource: JSONResource {
  static let schemaName = "PostWithPictures"

  static let examples = PostResource.examples.map {
    FullPostResource(PostInFull(entry: $0.entry, pictures: [$0.entry.cover]))
  }
}

extension Member: JSONResource {
  static let schemaName = "Author"

  static let examples = [
    Member(
      id: MemberID(high: 0x019A_A4C0_3C5E_7B2A, low: 0x9C1D_2F6E_8A7B_4C3D),
      username: "ada",
      displayName: "Ada",
      version: 2,
      avatarKey: String(repeating: "a7", count: 32)
    ),
    Member(
      id: MemberID(high: 0x019A_A4C0_3C5E_7B2A, low: 0x9C1D_2F6E_8A7B_4C3D),
      username: "ada",
      displayName: "Ada",
      version: 1
    ),
  ]
}

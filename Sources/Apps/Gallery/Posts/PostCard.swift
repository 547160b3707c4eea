import AccountsContract
import ArtelIdentifiers
import ArtelWeb
import Foundation

/// A post as pages show it.
struct PostCard: Sendable {
  /// The author as pages show them.
  struct Author: Sendable {
    let id: MemberID
    let username: String
    let displayName: String
    let portrait: Portrait

    init(_ member: Member) {
      id = member.id
      username = member.username
      displayName = member.displayName
      portrait = Portrait(of: member.id, named: member.displayName, picture: member.picture)
    }
  }

  let id: String
  let url: String
  let title: String
  let description: String
  /// What the picture is called where it cannot be seen.
  let alt: String
  let author: Author
  let tags: [TagCard]
  let hasTags: Bool
  /// The names of the tags with commas between, as the edit form shows them.
  let tagNames: String
  let thumbnailURL: String
  let thumbnailSrcset: String
  let imageURL: String
  let srcset: String
  let originalURL: String
  let editURL: String
  let deleteURL: String
  let width: Int
  let height: Int
  let views: Int
  let createdAt: Date
  /// When it was changed; nil when it never was.
  let updatedAt: Date?
  let isPrivate: Bool
  let isMine: Bool
  let canEdit: Bool
  let votes: VoteButtons

  /// Describes a post; `untitled` is what a picture without a title is called in the page's language.
  init(_ entry: PostEntry, for viewer: MemberID?, untitled: String) {
    let post = entry.post
    id = post.id.description
    url = "/posts/\(post.id)"
    title = post.title
    description = post.description
    alt = post.title.isEmpty ? untitled : post.title
    author = Author(entry.author)
    tags = entry.tags.map(TagCard.init)
    hasTags = !entry.tags.isEmpty
    tagNames = entry.tags.map(\.name).joined(separator: ", ")
    thumbnailURL = post.thumbnailURL
    thumbnailSrcset = post.sourceSet(upTo: 960)
    imageURL = post.isMoving ? post.imageURL : post.largeURL
    srcset = post.isMoving ? "" : post.sourceSet(upTo: 1600)
    originalURL = post.imageURL
    editURL = "/posts/\(post.id)/edit"
    deleteURL = "/posts/\(post.id)/delete"
    width = post.width
    height = post.height
    views = post.views
    createdAt = post.createdAt
    updatedAt = post.updatedAt > post.createdAt ? post.updatedAt : nil
    isPrivate = !post.isPublic
    isMine = post.isEditable(by: viewer)
    canEdit = isMine
    votes = VoteButtons(entry.tally, at: "/posts/\(post.id)")
  }

  /// Describes a post as the caller of a request sees it.
  init(_ entry: PostEntry, for context: WebContext, in pages: Pages) {
    self.init(
      entry,
      for: context.principal?.memberID,
      untitled: pages.text(
        "post.alt_untitled",
        ["display_name": entry.author.displayName],
        in: context.language
      )
    )
  }
}

extension Gallery {
  /// The posts of a list as the caller of a request sees them.
  func cards(_ entries: [PostEntry], for context: WebContext) -> [PostCard] {
    entries.map { PostCard($0, for: context, in: pages) }
  }
}

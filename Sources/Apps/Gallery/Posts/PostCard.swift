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
  /// How many pictures it has.
  let pictureCount: Int
  let hasSeveral: Bool
  let title: String
  let description: String
  /// What the cover is called where it cannot be seen.
  let alt: String
  let author: Author
  let tags: [TagCard]
  let hasTags: Bool
  /// The names of the tags with commas between, as the edit form shows them.
  let tagNames: String
  let thumbnailURL: String
  let thumbnailSrcset: String
  /// What is shown until the cover has come; empty without.
  let placeholder: String
  /// The cover as it was uploaded.
  let originalURL: String
  let editURL: String
  let deleteURL: String
  let picturesURL: String
  let linksURL: String
  let width: Int
  let height: Int
  let views: Int
  let createdAt: Date
  /// When it was changed; nil when it never was.
  let updatedAt: Date?
  let isPublic: Bool
  let isUnlisted: Bool
  let isPrivate: Bool
  let isMine: Bool
  let canEdit: Bool
  let votes: VoteButtons

  /// Describes a post; `untitled` is what a picture without a title is called in the page's language.
  init(_ entry: PostEntry, for viewer: MemberID?, untitled: String) {
    let post = entry.post
    let cover = entry.shownCover
    id = post.id.description
    url = "/posts/\(post.id)"
    pictureCount = post.pictureCount
    hasSeveral = post.pictureCount > 1
    title = post.title
    description = post.description
    alt = cover.picture.text(orTitleOf: post, untitled)
    author = Author(entry.author)
    tags = entry.tags.map(TagCard.init)
    hasTags = !entry.tags.isEmpty
    tagNames = entry.tags.map(\.name).joined(separator: ", ")
    thumbnailURL = cover.thumbnailURL
    thumbnailSrcset = cover.sourceSet(upTo: 960)
    placeholder = cover.picture.placeholderURL
    originalURL = cover.imageURL
    editURL = "/posts/\(post.id)/edit"
    deleteURL = "/posts/\(post.id)/delete"
    picturesURL = "/posts/\(post.id)/pictures"
    linksURL = "/posts/\(post.id)/links"
    width = cover.picture.width
    height = cover.picture.height
    views = post.views
    createdAt = post.createdAt
    updatedAt = post.updatedAt > post.createdAt ? post.updatedAt : nil
    isPublic = post.isPublic
    isUnlisted = post.visibility == .unlisted
    isPrivate = post.visibility == .private
    isMine = post.isEditable(by: viewer)
    canEdit = isMine
    votes = VoteButtons(entry.tally, at: "/posts/\(post.id)")
  }

  /// Describes a post as the caller of a request sees it.
  init(_ entry: PostEntry, for context: WebContext, in pages: Pages) {
    self.init(
      entry,
      for: context.principal?.memberID,
      untitled: entry.untitled(in: pages, context.language)
    )
  }
}

extension PostEntry {
  /// What a picture of it is called that has neither words of its own nor a title.
  func untitled(in pages: Pages, _ language: Language) -> String {
    pages.text("post.alt_untitled", ["display_name": author.displayName], in: language)
  }
}

extension Picture {
  /// What is read out in its place: what its author says of it, else the title of its post.
  func text(orTitleOf post: Post, _ untitled: String) -> String {
    if !alt.isEmpty { return alt }
    return post.title.isEmpty ? untitled : post.title
  }
}

extension Gallery {
  /// The posts of a list as the caller of a request sees them.
  func cards(_ entries: [PostEntry], for context: WebContext) -> [PostCard] {
    entries.map { PostCard($0, for: context, in: pages) }
  }
}
